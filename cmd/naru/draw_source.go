package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"naru/internal/gate"
)

// fetchFor bounds one file over the network, from connect to last byte.
const fetchFor = 2 * time.Minute

// publicFiles are what was published about a draw and the admissions after it.
type publicFiles struct {
	draw  gate.Draw
	roll  *gate.Roll    // nil: the draw is private
	head  *gate.Head    // nil: nobody was admitted yet
	lines io.ReadCloser // with head: the record's lines
}

// readDraw reads draw.json, roll.bin unless the draw is private, and the record of
// admissions if there is one, from a folder or an http(s) address.
func readDraw(source string) (*publicFiles, error) {
	b, err := readPublic(source, "draw.json", gate.MaxDrawText)
	if err != nil {
		return nil, err
	}
	f := &publicFiles{}
	if f.draw, err = gate.ParseDraw(b); err != nil {
		return nil, fmt.Errorf("read draw.json: %w", err)
	}
	if !f.draw.Closed() {
		return nil, errors.New("the lobby of this draw is not closed yet: note its commitment and key now, and come back after the close")
	}
	if !f.draw.Private {
		file, err := openPublic(source, "roll.bin")
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if f.roll, err = gate.ReadRoll(file); err != nil {
			return nil, fmt.Errorf("read roll.bin: %w", err)
		}
	}
	return f, f.readRecord(source)
}

func (f *publicFiles) readRecord(source string) error {
	b, err := readPublic(source, "admitted.json", gate.MaxDrawText)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	head, err := gate.ParseHead(b)
	if err != nil {
		return fmt.Errorf("read admitted.json: %w", err)
	}
	f.head = &head
	f.lines, err = openPublic(source, "admitted.csv")
	return err
}

func (f *publicFiles) close() {
	if f.lines != nil {
		_ = f.lines.Close() // it was read only
	}
}

func readPublic(source, name string, most int64) ([]byte, error) {
	file, err := openPublic(source, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return b, nil
}

func openPublic(source, name string) (io.ReadCloser, error) {
	if !strings.HasPrefix(source, "http://") && !strings.HasPrefix(source, "https://") {
		file, err := os.Open(filepath.Join(source, name))
		if err != nil {
			return nil, fmt.Errorf("open %s: %w (give the folder or address that holds draw.json and roll.bin)", name, err)
		}
		return file, nil
	}
	// A redirect is refused: the reader chose whose files to check.
	client := &http.Client{
		Timeout:       fetchFor,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Get(strings.TrimSuffix(source, "/") + "/" + name)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", name, err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		if resp.StatusCode == http.StatusNotFound {
			return nil, fmt.Errorf("fetch %s: the server answered %s (the address of a draw is http://HOST/draw/CAMPAIGN): %w", name, resp.Status, fs.ErrNotExist)
		}
		return nil, fmt.Errorf("fetch %s: the server answered %s", name, resp.Status)
	}
	return resp.Body, nil
}

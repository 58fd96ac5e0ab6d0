package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"naru/internal/gate"
)

// fetchFor bounds one file over the network, from connect to last byte.
const fetchFor = 2 * time.Minute

// readDraw reads draw.json and roll.bin from a folder or an http(s) address.
func readDraw(source string) (gate.Draw, *gate.Roll, error) {
	text, err := openPublic(source, "draw.json")
	if err != nil {
		return gate.Draw{}, nil, err
	}
	defer text.Close()
	b, err := io.ReadAll(io.LimitReader(text, gate.MaxDrawText+1))
	if err != nil {
		return gate.Draw{}, nil, fmt.Errorf("read draw.json: %w", err)
	}
	draw, err := gate.ParseDraw(b)
	if err != nil {
		return gate.Draw{}, nil, fmt.Errorf("read draw.json: %w", err)
	}
	if !draw.Closed() {
		return gate.Draw{}, nil, errors.New("the lobby of this draw is not closed yet: note its commitment and key now, and come back after the close")
	}
	file, err := openPublic(source, "roll.bin")
	if err != nil {
		return gate.Draw{}, nil, err
	}
	defer file.Close()
	roll, err := gate.ReadRoll(file)
	if err != nil {
		return gate.Draw{}, nil, fmt.Errorf("read roll.bin: %w", err)
	}
	return draw, roll, nil
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
			return nil, fmt.Errorf("fetch %s: the server answered %s (the address of a draw is http://HOST/draw/CAMPAIGN)", name, resp.Status)
		}
		return nil, fmt.Errorf("fetch %s: the server answered %s", name, resp.Status)
	}
	return resp.Body, nil
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// operateSocket is where a running server takes what operators ask: a socket in
// its data folder, which only the account that runs the server can open.
func operateSocket(data string) string { return filepath.Join(data, "operate.sock") }

// maxSocket is about how long a socket's path may be (unix(7): 108 bytes).
const maxSocket = 100

// reach is a path by which a socket can be listened on and dialled, however long its
// folder's is: on Linux through an open folder, until done.
func reach(path string) (short string, done func(), err error) {
	if len(path) <= maxSocket || runtime.GOOS != "linux" {
		return path, func() {}, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)), func() { _ = dir.Close() }, nil
}

// operations serves the socket until stop; the folder's lock says that a socket
// which is there was left behind by a server that is no more.
func (h *host) operations(handler http.Handler) (stop func(), err error) {
	path := operateSocket(h.data)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	short, done, err := reach(path)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.Listen("unix", short)
	if err != nil {
		return nil, fmt.Errorf("the operators' socket: %w", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // the short path is gone by then
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: handler, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			h.log.Error("the operators' socket ended", "error", err)
		}
	}()
	return func() { _ = server.Close(); <-ended; _ = os.Remove(path) }, nil
}

// operation asks the server that runs on a data folder. Its answer is read into into.
func operation(data, method, path string, body, into any) error {
	socket, done, err := reach(operateSocket(data))
	if err != nil {
		return err
	}
	defer done()
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(context.Background(), method, "http://naru"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("no server runs on the folder %s (or it belongs to another account): %w", data, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		var problem struct{ Detail string }
		if err := json.Unmarshal(answer, &problem); err != nil || problem.Detail == "" {
			problem.Detail = res.Status
		}
		return errors.New(problem.Detail)
	}
	return json.Unmarshal(answer, into)
}

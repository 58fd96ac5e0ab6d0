// Command pack compresses one file twice, for browsers that take brotli and for those
// that take gzip: pack IN OUT writes OUT.br and OUT.gz.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"

	"github.com/andybalholm/brotli"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 3 {
		return fmt.Errorf("usage: pack IN OUT")
	}
	raw, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	if err := write(os.Args[2]+".br", raw, func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 10) }); err != nil {
		return err
	}
	return write(os.Args[2]+".gz", raw, func(w io.Writer) io.WriteCloser {
		z, _ := gzip.NewWriterLevel(w, gzip.BestCompression) // the level is a valid one
		return z
	})
}

func write(name string, raw []byte, packer func(io.Writer) io.WriteCloser) error {
	var b bytes.Buffer
	w := packer(&b)
	if _, err := w.Write(raw); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}

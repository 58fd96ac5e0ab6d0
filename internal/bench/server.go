package bench

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// server is an HTTP server of this process on a loopback port.
type server struct {
	http *http.Server
	addr string
	done chan error
}

func serve(s *http.Server) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &server{http: s, addr: l.Addr().String(), done: make(chan error, 1)}
	go func() { r.done <- s.Serve(l) }()
	return r, nil
}

func (s *server) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// like is a server with the bounds of another one.
func like(s *http.Server, h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: s.ReadHeaderTimeout, ReadTimeout: s.ReadTimeout, WriteTimeout: s.WriteTimeout,
		IdleTimeout: s.IdleTimeout, MaxHeaderBytes: s.MaxHeaderBytes,
	}
}

// nothing is the handler that does nothing.
func nothing(http.ResponseWriter, *http.Request) {}

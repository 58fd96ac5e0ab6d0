package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"time"

	"naru/internal/campaign"
)

const nginxIs = "nginx (Debian) serving the same bytes from a file with a like set of headers: a process for each core, each with its own listening socket, " +
	"open_file_cache, no access log, no sendfile (slower for a file this small), keep-alive without end. Both servers are processes of their own, " +
	"naru as \"naru serve\" runs it; the client is a third one, the same for both, on the same cores"

func gateMeasures() []measure {
	return []measure{
		{name: "board_c64", unit: "requests/s", yardstickIs: nginxIs, open: openBoard(64)},
		{name: "board_c512", unit: "requests/s", yardstickIs: nginxIs, open: openBoard(512)},
		{
			name: "connections", unit: "bytes/connection", alone: true, once: true, open: openConnections,
			yardstickIs: "nginx as in board_c64. Ours and yardstick are what the servers' resident memory grew by for each connection that is open and " +
				"asks for the board every " + askEvery.String() + "; less is better",
		},
		{
			name: "waiters", unit: "bytes/waiter", alone: true, once: true, open: openWaiters,
			yardstickIs: "the bound that the gate was given: 32 bytes for each waiter beyond the first tenth. Ours is the live heap; less is better",
		},
	}
}

// boardSides compares the board of a server with a file of nginx.
type boardSides struct {
	b           *bench
	naru        *program
	nginx       *program
	path        string
	connections int
}

func openBoard(connections int) opener {
	return func(ctx context.Context, b *bench) (sides, error) {
		s, err := b.newBoard(ctx)
		if err != nil {
			return nil, err
		}
		s.connections = connections
		_, err = s.ours(ctx) // uncounted: both get warm
		if err == nil {
			_, err = s.yardstick(ctx)
		}
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		return s, nil
	}
}

// newBoard starts both servers.
func (b *bench) newBoard(ctx context.Context) (_ *boardSides, err error) {
	if _, err := exec.LookPath("nginx"); err != nil {
		return nil, &MissingError{errors.New("nginx is not on this machine: install the Debian package nginx")}
	}
	if b.Command == nil {
		return nil, errors.New("the program itself is not known")
	}
	s := &boardSides{b: b}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	at, err := b.newPlace(ctx, nil)
	if err != nil {
		return nil, err
	}
	c, err := campaign.Parse(campaignYAML, b.Agency)
	if err != nil {
		return nil, err
	}
	if err := b.publish(ctx, at, c); err != nil {
		return nil, err
	}
	s.path = "/board/" + string(c.ID)
	if s.naru, err = startNaru(ctx, b.Command, at.dir); err != nil {
		return nil, err
	}
	board, err := fetch(ctx, "http://"+s.naru.addr+s.path)
	if err != nil {
		return nil, err
	}
	s.nginx, err = startNginx(ctx, filepath.Join(at.dir, "nginx"), s.path, board)
	return s, err
}

// publish puts a campaign into an empty place whose lobby is open now.
func (b *bench) publish(ctx context.Context, at place, c *campaign.Campaign) error {
	t := &town{b: b, place: at, clock: &clock{}}
	if err := t.open(ctx); err != nil {
		return err
	}
	_, err := t.Publish(ctx, campaignYAML, c.Shift(time.Now().Add(12*time.Hour)))
	return errors.Join(err, t.Close())
}

// fetch gets a document once its phase can be read in it.
func fetch(ctx context.Context, url string) ([]byte, error) {
	time.Sleep(time.Second) // the line's leader opens the lobby
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	err = errors.Join(err, answer.Body.Close())
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d", url, answer.StatusCode)
	}
	return body, err
}

func (s *boardSides) ours(ctx context.Context) (float64, error) { return s.rate(ctx, s.naru) }

func (s *boardSides) yardstick(ctx context.Context) (float64, error) { return s.rate(ctx, s.nginx) }

// rate lets the client's process ask as fast as it is answered.
func (s *boardSides) rate(ctx context.Context, p *program) (float64, error) {
	r, err := s.b.load(ctx, Load{Addr: p.addr, Path: s.path, Connections: s.connections, Length: s.b.Length})
	if err == nil && (r.Errors > 0 || r.Answers == 0) {
		err = fmt.Errorf("%d answers and %d errors", r.Answers, r.Errors)
	}
	return float64(r.Answers) / r.Seconds, err
}

func (s *boardSides) close() error {
	return errors.Join(s.naru.stop(), s.nginx.stop())
}

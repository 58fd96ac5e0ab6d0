package pgserver

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestPoolGivesEachItsOwn(t *testing.T) {
	t.Parallel()
	wanted(t)
	prepared := 0
	pool := &Pool{Prepare: func(url string) error {
		prepared++
		conn, err := pgx.Connect(context.Background(), url)
		if err != nil {
			return err
		}
		_, err = conn.Exec(context.Background(), "CREATE TABLE seat AS SELECT 7 AS person")
		return errors.Join(err, conn.Close(context.Background()))
	}}
	t.Cleanup(func() { must(t, pool.Close()) })

	urls := make([]string, 3)
	drops := make([]func(), 3)
	var all sync.WaitGroup
	for i := range urls {
		all.Go(func() {
			var err error
			if urls[i], drops[i], err = pool.Database(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	same(t, "times the template was prepared", prepared, 1)
	execute(t, urls[0], "UPDATE seat SET person = 8")
	same(t, "changed", value(t, urls[0], "SELECT person::text FROM seat"), "8")
	same(t, "not changed", value(t, urls[1], "SELECT person::text FROM seat"), "7")

	open(t, urls[2]) // whoever is still connected
	drops[2]()
	same(t, "left after one was dropped", value(t, urls[0],
		"SELECT count(*)::text FROM pg_database WHERE datname ~ '^naru_[0-9]'"), "2")
}

func TestPoolCloses(t *testing.T) {
	t.Parallel()
	wanted(t)
	must(t, new(Pool).Close())
	pool := &Pool{Settings: map[string]string{"fsync": "off"}}
	url, _, err := pool.Database(t.Context())
	must(t, err)
	same(t, "settings", value(t, url, "SHOW fsync"), "off")
	pids, dir := family(t, pool.server), pool.dir
	must(t, pool.Close())
	noneNow(t, pids)
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	if _, _, err := pool.Database(t.Context()); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a closed pool must say so, got: %v", err)
	}
}

func TestPoolFailsOnce(t *testing.T) {
	t.Parallel()
	wanted(t)
	asked := 0
	pool := &Pool{Prepare: func(string) error { asked++; return errors.New("no migrations") }}
	for range 2 {
		if _, _, err := pool.Database(t.Context()); err == nil || !strings.Contains(err.Error(), "no migrations") {
			t.Errorf("a pool must say why it failed, got: %v", err)
		}
	}
	same(t, "times it was tried", asked, 1)
	if pool.dir != "" || pool.server != nil {
		t.Error("a pool that failed keeps its server")
	}
}

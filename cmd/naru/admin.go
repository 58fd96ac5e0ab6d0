package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"naru/internal/store"
	"naru/internal/web"
)

// AdminCmd is "naru admin": the machine's own console, before anybody can sign in.
type AdminCmd struct {
	Create AdminCreateCmd `cmd:"" help:"Make an administrator and print the one-time code that lets them in."`
}

// AdminCreateCmd is "naru admin create".
type AdminCreateCmd struct {
	Name string `arg:"" help:"Name as colleagues and the audit know it."`
	Data string `default:"naru-data" placeholder:"DIR" help:"Data folder; the server may be running on it."`
	DB   string `placeholder:"URL" help:"PostgreSQL, when no server runs on the folder."`
	JSON bool   `help:"Print one JSON document."`
}

// Run asks the server that runs on the folder, or opens the data itself.
func (c *AdminCreateCmd) Run(env *Env) error {
	var link web.StaffLink
	var err error
	if _, missing := os.Stat(operateSocket(c.Data)); missing == nil {
		err = operation(c.Data, http.MethodPost, "/admin", map[string]string{"name": c.Name}, &link)
	} else {
		link, err = c.open(env)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(env.Stdout).Encode(link)
	}
	if link.Link != "" {
		_, err = fmt.Fprintf(env.Stdout, "Open this link (good once, for %d hours); it is a way in, keep it to yourself:\n%s\n", link.Hours, link.Link)
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "Open %s on the service and type in this code (good once, for %d hours):\n%s\n", link.Path, link.Hours, link.Code)
	return err
}

func (c *AdminCreateCmd) open(env *Env) (link web.StaffLink, err error) {
	a, err := loadAgency("")
	if err != nil {
		return link, err
	}
	err = inStore(env, c.Data, c.DB, a, func(ctx context.Context, s *store.Store) error {
		link, err = web.FirstAdmin(ctx, s, c.Name)
		return err
	})
	return link, err
}

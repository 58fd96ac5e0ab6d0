package pgserver

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// maintenance is the database that is always there.
const maintenance = "postgres"

// Create makes a database, as a copy of the template when one is named. Nobody
// may be connected to the template meanwhile.
func (s *Server) Create(ctx context.Context, database, template string) error {
	statement := "CREATE DATABASE " + quoted(database)
	if template != "" {
		statement += " TEMPLATE " + quoted(template)
	}
	if err := s.execute(ctx, statement); err != nil {
		return fmt.Errorf("create database %s: %w", database, err)
	}
	return nil
}

// Drop removes a database and throws out whoever is connected to it. It is no
// error if there is none.
func (s *Server) Drop(ctx context.Context, database string) error {
	if err := s.execute(ctx, "DROP DATABASE IF EXISTS "+quoted(database)+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database %s: %w", database, err)
	}
	return nil
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// connect opens a connection over the unix socket, which only we can.
func (s *Server) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, s.SocketURL(database))
}

// execute runs statements one by one on a connection of their own.
func (s *Server) execute(ctx context.Context, statements ...string) error {
	conn, err := s.connect(ctx, maintenance)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err = conn.Exec(ctx, statement); err != nil {
			break
		}
	}
	return errors.Join(err, conn.Close(ctx))
}

// ask runs a query that answers yes or no. Every question is asked on a new
// connection, which sees the newest settings.
func (s *Server) ask(ctx context.Context, query string) (yes bool, err error) {
	conn, err := s.connect(ctx, maintenance)
	if err != nil {
		return false, err
	}
	err = conn.QueryRow(ctx, query).Scan(&yes)
	return yes, errors.Join(err, conn.Close(ctx))
}

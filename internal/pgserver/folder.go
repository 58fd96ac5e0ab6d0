package pgserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// own makes the folder, gives it to the account, and checks that the account can
// reach it. A folder in which somebody else keeps things is left alone.
func (a account) own(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if !a.other {
		return nil
	}
	owner, _, err := ownerOf(dir)
	if err != nil {
		return err
	}
	inside, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if owner != a.uid && len(inside) > 0 {
		return fmt.Errorf("%s holds other things and does not belong to the user postgres; give an empty folder", dir)
	}
	if err := a.give(dir); err != nil {
		return err
	}
	return a.reaches(dir)
}

// reaches walks from a folder up to the root.
func (a account) reaches(dir string) error {
	at, err := filepath.EvalSymlinks(dir)
	for err == nil && at != filepath.Dir(at) {
		at = filepath.Dir(at)
		err = a.passes(at)
	}
	return err
}

// passes says whether the account may go through a folder.
func (a account) passes(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	uid, gid, err := ownerOf(dir)
	if err != nil {
		return err
	}
	through := info.Mode().Perm() & 0o001
	switch {
	case uid == a.uid:
		through = info.Mode().Perm() & 0o100
	case gid == a.gid:
		through = info.Mode().Perm() & 0o010
	}
	if through == 0 {
		return fmt.Errorf("the user postgres cannot pass through %s (%v); "+
			"use another folder, or run: chmod o+x %s", dir, info.Mode(), dir)
	}
	return nil
}

func ownerOf(dir string) (uid, gid int, err error) {
	info, err := os.Stat(dir)
	if err != nil {
		return 0, 0, err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, errors.New("this system does not say whose a folder is")
	}
	return int(owner.Uid), int(owner.Gid), nil
}

// TempDir makes a new folder for a server below the system's folder for such
// things, which the user postgres can reach also when root made it. The caller
// removes it.
func TempDir() (string, error) {
	dir, err := os.MkdirTemp("", "naru-postgres-")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		return "", err
	}
	return dir, nil
}

// socketFolder makes a folder with a short name: the path of a unix socket must
// fit in about a hundred bytes.
func (a account) socketFolder() (string, error) {
	const longest = 60
	parent := os.TempDir()
	if len(parent) > longest {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "naru-pg-")
	if err != nil {
		return "", err
	}
	if err := a.give(dir); err != nil {
		return "", err
	}
	return dir, nil
}

// give hands a path to the account.
func (a account) give(path string) error {
	if !a.other {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}

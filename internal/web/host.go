package web

import (
	"net"
	"strings"

	"naru/internal/fault"
)

// misdirected is a request under a name that this server does not answer to.
const misdirected fault.Code = "misdirected"

// answersTo tells whether a request came under a name this server answers to
// (rule W23). In development that is this machine alone: another site whose
// name is made to point here (DNS rebinding) would else read the inbox through
// the reader's own browser.
func (s *Server) answersTo(host string) bool {
	if !s.opts.Development {
		return true
	}
	name, _, err := net.SplitHostPort(host)
	if err != nil { // no port
		name = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	ip := net.ParseIP(name)
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}

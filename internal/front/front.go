// Package front stands before an http.Server and answers the requests that
// everybody who waits repeats, without the server's own machinery.
//
// It promises: bytes are answered here only when they are exactly one plain
// request for GET that Answer knows; at the least doubt the connection, with
// all that was read of it, goes to the http.Server, which then judges alone.
// Connections that wait cost a few bytes here and no goroutine; one that the
// server has answered in full comes back when nothing more is asked for a second. The server's bounds (time to the
// first request, idle time) hold here too, and its Shutdown ends what is idle
// here. It never reads a request's meaning twice: what is given to the server
// is all of it, from the first byte, and only what belongs to it.
//
// It follows RFC 9112 for what a request is (docs/adr/0018). On other systems
// than Linux, Listen changes nothing.
package front

// Answer gives the finished bytes of an answer of HTTP/1.1, that keeps the
// connection open, for a GET of a path; nil when the request is not one to be
// answered here. Host and the values of If-None-Match and Accept-Encoding (""
// when there is none) are as sent. The arguments are valid until Answer returns; what it returns is
// only read. It is called by several goroutines at once and must not wait.
type Answer func(path, host, match, encoding []byte) []byte

package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
)

// openDocument is an answer for programs that is the same for everybody who asks
// with the same words.
type openDocument struct {
	kind  string // media type
	cache string // Cache-Control
	body  []byte
}

// sendDocument sends a public document with its hash as ETag, compressed where the
// reader takes it, readable from pages of every site (rule X1): it holds nothing about
// anybody and needs no cookie.
func sendDocument(w http.ResponseWriter, r *http.Request, d openDocument) {
	h := w.Header()
	etag := etagOf(d.body)
	h.Set("ETag", "W/"+etag) // weak: compressed or not, the document is the same
	h.Set("Cache-Control", d.cache)
	h.Add("Vary", "Accept-Encoding")
	openToAll(h)
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", d.kind)
	body := d.body
	if takesGzip(r) && len(body) > smallDocument {
		packed := buffers.Get().(*bytes.Buffer)
		defer buffers.Put(packed)
		packed.Reset()
		pack(packed, body)
		h.Set("Content-Encoding", "gzip")
		body = packed.Bytes()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the reader may be gone
}

// smallDocument is the size up to which compressing costs more than it saves.
const smallDocument = 512

// openToAll lets scripts of every site read the answer.
func openToAll(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag, Retry-After")
}

// etagOf names the content.
func etagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

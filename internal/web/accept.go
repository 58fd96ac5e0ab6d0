package web

import (
	"net/http"

	"golang.org/x/text/language"
)

// acceptLanguage takes the language of an answer for programs from the header
// (RFC 9110 §12.5.4) where the address names none. What cannot be read asks for nothing.
func (s *Server) acceptLanguage(r *http.Request) {
	e := eventOf(r)
	if e.prefix != "" {
		return
	}
	wanted, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(wanted) == 0 {
		return
	}
	codes := s.opts.Agency.LanguageCodes()
	var ours []language.Tag
	for _, code := range codes {
		ours = append(ours, language.Make(code))
	}
	if _, i, sure := language.NewMatcher(ours).Match(wanted...); sure > language.No {
		e.lang = codes[i]
	}
}

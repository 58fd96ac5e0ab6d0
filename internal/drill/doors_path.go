package drill

import (
	"context"
	"strings"
)

// paths spells the addresses of steps in other ways: what a check compares and
// what a handler reads may differ.
func (s *suite) paths(ctx context.Context, d *device) {
	s.try("path variants", "case, %-encoding once and twice, dots, doubled and backward slashes, ;parameters, ends, unicode look-alikes, for every step", func(t *Trick) {
		for _, k := range s.routes {
			if !isStep(k) && !(k.method == "POST" && strings.HasSuffix(k.target, "/enter")) {
				continue
			}
			for _, target := range spellings(k.target) {
				spelt := k
				spelt.target = target
				a := d.copied().probe(ctx, t, spelt)
				if a.status == 200 && isStep(spelt) && !harmless(target) {
					t.opens("%s %s was answered 200", k.method, target)
				}
			}
		}
	})
}

// harmless spellings are other addresses that are public anyhow: what follows a
// "?" or "#" is no path.
func harmless(target string) bool {
	path, _, _ := strings.Cut(target, "?")
	path, _, _ = strings.Cut(path, "#")
	return !isStep(knock{target: path})
}

// spellings are other ways to write /c/CAMPAIGN/STEP.
func spellings(target string) []string {
	at := strings.LastIndex(target, "/")
	before, step := target[:at], target[at+1:]
	first, tail := step[:1], step[1:]
	return []string{
		before + "/" + strings.ToUpper(step), before + "/" + strings.ToUpper(first) + tail, strings.ToUpper(target),
		before + "/" + hexOf(first, "%") + tail, before + "/" + hexOf(first, "%25") + tail, before + "/" + hexOf(step, "%"),
		before + "%2f" + step, before + "%2F" + step, before + "%252f" + step, before + "%5c" + step, before + `\` + step,
		before + "//" + step, "/" + target, "///" + target[1:], before + "/./" + step, before + "/x/../" + step, before + "/%2e/" + step,
		before + "/x/%2e%2e/" + step, before + "/.%2e/" + strings.TrimPrefix(before, "/c/") + "/" + step, before + "/..;/" + step, before + "/x/..%2f" + step,
		target + "/", target + "//", target + "/.", target + "/..", target + "/../" + step, target + ".", target + "..", target + "%2e", target + "/%2e", target + ".html", target + ".json", target + ".css",
		target + ";", target + ";a=b", before + ";a=b/" + step, target + "%3b", target + "%3Fx", target + "%23", target + "%00", target + "%00.css", target + "%20", target + "%09", target + "%0a", target + "%0d%0aX:y",
		target + "?", target + "??", target + "?/../wait", target + "#wait", target + "?campaign=x&campaign=y", target + "&x", target + "*", target + "~", target + "$", target + "%",
		"/en" + target, "/ko" + target, "/EN" + target, "/en/en" + target, "/en/" + target, "/xx" + target, "/en;x" + target, "/%65n" + target,
		"/assets/.." + target, "/static/directory/.." + target, "/static/directory/%2e%2e/%2e%2e" + target, "/board/.." + target, "/board" + target, "/draw/.." + target, "/livez" + target, "/livez/.." + target,
		before + "/" + strings.Replace(step, "o", "\u03bf", 1), before + "/" + fullwidth(step), before + "/" + step + "\u200b", before + "/" + strings.Replace(step, "k", "\u212a", 1), before + "/%c0%ae/" + step, before + "%c0%af" + step, before + "%ef%bc%8f" + step,
	}
}

// hexOf writes every sign as its number.
func hexOf(text, mark string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for _, c := range []byte(text) {
		b.WriteString(mark)
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

// fullwidth writes Latin letters as wide as Hangul.
func fullwidth(text string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r + 0xfee0
		}
		return r
	}, text)
}

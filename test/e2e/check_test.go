package e2e

import (
	"strings"
	"testing"
)

// The browser computes its own place again and says what it found, in both
// languages; with the development beacon that is NOT VERIFIABLE. What a changed
// answer of the server says is found (rule G39).
func TestTheBrowserChecksItsPlace(t *testing.T) {
	t.Parallel()
	d := phone(t)
	s := slow(t)
	s.crowd(30)
	v := visit{device: d, server: s, who: citizen(10)}
	v.joins()
	checked := func(path, want, words string) {
		t.Helper()
		v.open(v.at(path))
		until(t, patience, "the place is checked: "+want, func() bool {
			return d.ask(`document.getElementById("check")?.dataset.checked ?? ""`) == want
		})
		if said := text(d, `#check`); !strings.Contains(said, words) || strings.Contains(said, "WRONG") != (want == "wrong") {
			t.Errorf("%s says %q, want %q", path, said, words)
		}
	}
	at := "/draw/" + s.campaign
	checked(at, "pending", "추첨이 끝나면")
	s.open()
	checked(at, "not_verifiable", "검증할 수 없음")
	checked("/en"+at, "not_verifiable", "NOT VERIFIABLE.")
	d.before(`{
		const real = window.fetch;
		window.fetch = async (path, how) => {
			const answer = await real(path, how);
			if (!String(path).endsWith("draw.json")) return answer;
			const draw = await answer.json();
			return new Response(JSON.stringify({ ...draw, seed: "00".repeat(32) }));
		};
	}`)
	checked(at, "wrong", "맞지 않습니다")
	checked("/en"+at, "wrong", "Do not give up your place.")
}

package e2e

import (
	"strings"
	"testing"
)

// Every page, in every state and both languages, is free of serious faults for
// people who use a screen reader, a keyboard or large type. With
// NARU_SCREENSHOTS the tour keeps pictures.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	needAxe(t)
	for lang, prefix := range map[string]string{"ko": "", "en": "/en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			d := phone(t)
			s := demo(t)
			s.crowd(20)
			v := visit{device: d, server: s, who: citizen(70), prefix: prefix}
			d.before(pretence)
			visitOutside(v)
			visitLobby(v)
			visitLine(v)
			visitProof(v)
			number := visitFlow(v)
			visitLookUp(v, number)
			visitRefusals(v)
		})
	}
}

// Campaigns that are announced or over have other pages.
func TestPagesBeforeAndAfterACampaign(t *testing.T) {
	t.Parallel()
	needAxe(t)
	for name, c := range map[string]struct{ opensIn, phase, says string }{
		"announced": {"3h", "announced", "아직 신청할 수 없습니다"},
		"ended":     {"-400h", "ended", "이 예약은 끝났습니다"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := phone(t)
			s := slowFrom(t, c.opensIn, c.phase)
			v := visit{device: d, server: s}
			v.see("front-"+name, "/")
			v.see("campaign-"+name, "/c/"+s.campaign)
			shows(v, "main", c.says)
		})
	}
}

// pretence lets the waiting page read a board that is changed as sessionStorage
// says, so that states which the server is not in can be seen. Entering is kept
// from happening meanwhile.
const pretence = `{
	const real = window.fetch;
	window.fetch = async (address, options) => {
		const change = sessionStorage.getItem("board");
		if (!change) return real(address, options);
		if (change === "offline") throw new TypeError("no network");
		if (options?.method === "POST") return new Promise(() => {});
		const answer = await real(address, options);
		if (!String(address).startsWith("/board/")) return answer;
		return new Response(JSON.stringify({ ...(await answer.json()), ...JSON.parse(change) }), { headers: { Date: answer.headers.get("Date") } });
	};
}`

// see opens a page and inspects it.
func (v visit) see(name, address string) {
	v.on().Helper()
	v.open(v.at(address))
	inspect(v, name)
}

// visitOutside sees what needs no ticket.
func visitOutside(v visit) {
	at := "/c/" + v.server.campaign
	v.see("front", "/")
	v.see("notice", "/notice")
	v.see("not-found", "/nowhere")
	v.see("no-campaign", "/c/nowhere")
	v.see("wait-without-ticket", at+"/wait")
	v.see("book-without-ticket", at+"/book")
	v.see("list-without-look-up", "/lookup/list")
	v.see("draw-before", "/draw/"+v.server.campaign)
	v.see("demo", "/demo")
	v.see("inbox-empty", "/inbox")
	for name, form := range map[string]string{
		"wrong-method": `method = "post"; form.action = "` + v.prefix + `/notice"`,
		"too-large":    `method = "post"; form.action = "` + v.prefix + at + `/join"; form.append(Object.assign(document.createElement("textarea"), { name: "name", value: "x".repeat(20000) }))`,
	} {
		v.open(v.at("/notice"))
		v.ask(`(() => { window.left = "left"; const form = document.createElement("form"); form.` + form + `; document.body.append(form); form.submit(); return ""; })()`)
		v.device.(*tab).loads(name)
		inspect(v, name)
	}
}

// visitLobby joins, with every fault first.
func visitLobby(v visit) {
	v.see("campaign", "/c/"+v.server.campaign)
	v.press(`form[action$="/join"] button`)
	inspect(v, "campaign-faults")
	v.joins()
	inspect(v, "wait-lobby")
}

// visitLine opens the campaign and sees the waiting page in every state.
func visitLine(v visit) {
	at := "/c/" + v.server.campaign
	v.server.open()
	until(v.on(), patience, "everybody of the lobby is called", func() bool {
		b := v.server.board()
		return b.Serving >= b.Lobby
	})
	for _, state := range []struct{ name, shown, board string }{
		{"closed", "closed", `{"phase":"closed","v":1000001,"serving":0}`},
		{"drawn", "drawn", `{"phase":"drawn","v":1000002,"serving":0}`},
		{"open", "open", `{"phase":"open","v":1000003,"serving":0,"rate":[60,120]}`},
		{"paused", "paused", `{"phase":"open","v":1000004,"serving":0,"paused":true}`},
		{"turn", "turn", `{"v":1000005}`},
		{"ended", "ended", `{"phase":"ended","v":1000006}`},
	} {
		v.ask(`sessionStorage.setItem("board", ` + quote(state.board) + `) ?? ""`)
		v.open(v.at(at + "/wait"))
		until(v.on(), patience, "the page shows "+state.shown, func() bool { return has(v, `#wait section[data-shown="`+state.shown+`"]:not([hidden])`) })
		inspect(v, "wait-"+state.name)
	}
	v.ask(`sessionStorage.setItem("board", "offline") ?? ""`)
	v.open(v.at(at + "/wait"))
	until(v.on(), patience, "the page says it is offline", func() bool { return has(v, `#offline:not([hidden])`) })
	inspect(v, "wait-offline")
	v.ask(`sessionStorage.setItem("board", '{"v":1000007}') ?? ""`)
	for _, said := range []string{"seat", "slow"} {
		v.see("wait-"+said, at+"/wait?said="+said)
	}
	v.see("draw-after", "/draw/"+v.server.campaign)
	v.see("campaign-late", at)
}

// visitProof enters and proves, with a wrong code first.
func visitProof(v visit) {
	v.open(v.step("/wait"))
	v.press(shown + ` form.enter button`)
	arrives(v, "/prove")
	inspect(v, "prove")
	v.press(`form[action$="/prove/send"] button`)
	inspect(v, "prove-sent")
	v.fill(`#f-code`, "1")
	v.press(`form[action$="/prove"] button`)
	inspect(v, "prove-fault")
	v.ask(`sessionStorage.removeItem("board") ?? ""`)
	v.open(v.step("/prove?sent=1"))
	v.typesCode()
	v.press(`form[action$="/prove"] button`)
}

// visitFlow books.
func visitFlow(v visit) (number string) {
	at := "/c/" + v.server.campaign
	arrives(v, "/region")
	inspect(v, "region")
	v.see("region-unknown", at+"/region?region=nowhere")
	v.open(v.step("/region"))
	v.choosesRegion()
	inspect(v, "clinics")
	list := v.ask(`location.search`)
	v.see("region-chosen", at+"/region"+list)
	v.see("clinics-none", at+"/clinics"+list+"&q=nowhere")
	v.open(v.step("/clinics" + list))
	v.choosesClinic()
	inspect(v, "times")
	v.ask(`document.querySelector("form[action$='/hold']").noValidate = true, ""`)
	v.press(`form[action$="/hold"] button`)
	inspect(v, "times-fault")
	v.holds()
	inspect(v, "confirm")
	number = v.confirms()
	inspect(v, "done")
	return number
}

// visitLookUp finds and cancels, with every fault first.
func visitLookUp(v visit, number string) {
	v.see("lookup", "/lookup")
	v.press(`form[action$="/lookup"] button`)
	inspect(v, "lookup-faults")
	v.looksUp("0000-0000-0000")
	inspect(v, "lookup-none")
	v.see("lost", "/lookup/lost")
	v.claims()
	v.press(`form[action$="/lookup/send"] button`)
	inspect(v, "lost-code")
	v.looksUp(number)
	inspect(v, "list")
	v.press(`form[action$="/lookup/cancel"] button`)
	inspect(v, "cancel")
	v.press(`form[action$="/lookup/cancel"] button.danger`)
	inspect(v, "cancelled")
	v.see("inbox", "/inbox")
	v.see("demo-open", "/demo")
}

// visitRefusals sees the pages that say no.
func visitRefusals(v visit) {
	v.see("done-after-the-end", "/c/"+v.server.campaign+"/done")
	young := visit{device: phone(v.on()), server: v.server, prefix: v.prefix, who: person{"가상두리", "19900721", "010-0000-0002"}}
	young.joins()
	young.enters()
	young.proves()
	arrives(young, "/eligible")
	inspect(young, "refused")
	if !strings.Contains(text(young, "main"), "C") {
		v.on().Error("the refusal names no rule")
	}
	stranger := visit{device: phone(v.on()), server: v.server, prefix: v.prefix}
	stranger.see("prove-without-ticket", "/c/"+v.server.campaign+"/prove")
}

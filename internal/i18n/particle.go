package i18n

import (
	"fmt"
	"strings"
	"text/template"

	gotemplate "github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// functions can be used in messages. The Korean ones are named by the particle
// they add: {{은는 .Name}} gives 의원은 and 병원은, 센터는 and 보건소는.
var functions = template.FuncMap{
	"은는":     func(v any) string { return particle(v, "은", "는") },
	"이가":     func(v any) string { return particle(v, "이", "가") },
	"을를":     func(v any) string { return particle(v, "을", "를") },
	"과와":     func(v any) string { return particle(v, "과", "와") },
	"으로":     direction,
	"number": Number,
}

// particle adds the form for a final consonant or the one without.
func particle(v any, closed, open string) string {
	word := fmt.Sprint(v)
	if final(word) != 0 {
		return word + closed
	}
	return word + open
}

// direction adds 으로 or 로; after a final ㄹ it is 로.
func direction(v any) string {
	const rieul = 8
	word := fmt.Sprint(v)
	if f := final(word); f != 0 && f != rieul {
		return word + "으로"
	}
	return word + "로"
}

// finalOfDigit is the final consonant of 영 일 이 삼 사 오 육 칠 팔 구.
var finalOfDigit = [10]int{21, 8, 0, 16, 0, 0, 1, 8, 8, 0}

// final is the number of the final consonant of the last syllable, in the
// order of Unicode; 0 when there is none or the word is not read in Korean.
func final(word string) int {
	word = strings.TrimRight(word, " )]}”’\"'.")
	if word == "" {
		return 0
	}
	runes := []rune(word)
	last := runes[len(runes)-1]
	switch {
	case last >= '가' && last <= '힣':
		return int(last-'가') % 28
	case last >= '0' && last <= '9':
		return finalOfDigit[last-'0']
	case strings.ContainsRune("lmnrLMNR", last):
		return 8
	}
	return 0
}

// Number writes a whole number with a comma at every thousand.
func Number(v any) string {
	digits := fmt.Sprint(v)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// parser keeps each parsed message: they are rendered on every page.
type parser struct{}

func (*parser) Cacheable() bool { return true }

func (*parser) Parse(src, _, _ string) (gotemplate.ParsedTemplate, error) { return parseSentence(src) }

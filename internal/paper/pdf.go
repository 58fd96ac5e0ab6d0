package paper

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// sheet is how a form is laid out, in millimetres and points.
type sheet struct {
	width, height, margin float64
	title, text, small    float64 // points
	term                  float64 // width of the column of terms
	code                  float64 // side of the QR code with its margin
	apart                 bool    // the code has a page of its own
}

var sheets = map[Form]sheet{
	A4:    {width: 210, height: 297, margin: 20, title: 24, text: 12, small: 10, term: 48, code: 90},
	Card:  {width: 85.6, height: 53.98, margin: 4, title: 9, text: 6, small: 5, term: 20, code: 50, apart: true},
	Large: {width: 210, height: 297, margin: 18, title: 30, text: 20, small: 20, term: 60, code: 150, apart: true},
}

const (
	family = "naru"
	leap   = 0.3528 * 1.45 // from points to the millimetres of a line
)

// PDF draws the certificate. now is printed as the time of printing.
func (c Certificate) PDF(form Form, w Words, now time.Time) ([]byte, error) {
	s, ok := sheets[form]
	if !ok {
		return nil, fmt.Errorf("there is no form %q", form)
	}
	code, err := Encode(c.text)
	if err != nil {
		return nil, err
	}
	p := newPage(s)
	p.describe(c.Title(w), w, now)
	p.AddPage()
	if w.Mock {
		p.line(s.small, w.say("paper.mock"))
	}
	p.line(s.title, c.Title(w))
	p.Ln(s.margin / 6)
	for _, l := range c.Lines(w) {
		p.fact(l)
	}
	if form != Card { // a card has no room for advice
		p.Ln(s.margin / 6)
		p.line(s.small, w.say("paper.advice"))
		p.line(s.small, w.say("paper.printed", "Time", now))
	}
	p.code(code)
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		return nil, fmt.Errorf("write PDF: %w", err)
	}
	return b.Bytes(), nil
}

// page is a PDF that is being written.
type page struct {
	*fpdf.Fpdf
	sheet sheet
}

func newPage(s sheet) page {
	p := page{fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: s.width, Ht: s.height}}), s}
	p.SetMargins(s.margin, s.margin, s.margin)
	p.SetAutoPageBreak(true, s.margin)
	p.SetCellMargin(0)
	p.AddUTF8FontFromBytes(family, "", font())
	return p
}

// describe says in the file what it is; its times are given, so that it is the same file
// on every machine.
func (p page) describe(title string, w Words, now time.Time) {
	p.SetCatalogSort(true)
	p.SetCreationDate(now)
	p.SetModificationDate(now)
	p.SetTitle(title, true)
	p.SetProducer("Naru", true)
	p.SetLang(w.Lang)
}

func (p page) line(points float64, text string) {
	p.SetFont(family, "", points)
	p.MultiCell(0, points*leap, text, "", "L", false)
}

// fact writes a term and beside it what is said of it; nothing of it is cut off.
func (p page) fact(l Line) {
	s := p.sheet
	p.SetFont(family, "", s.text)
	height := s.text * leap
	rows := max(len(p.SplitText(l.Term, s.term-s.margin/4)), len(p.SplitText(l.Value, s.width-2*s.margin-s.term)))
	if p.GetY()+float64(rows)*height > s.height-s.margin {
		p.AddPage()
	}
	top := p.GetY()
	p.SetTextColor(67, 79, 97)
	p.MultiCell(s.term-s.margin/4, height, l.Term, "", "L", false)
	under := p.GetY()
	p.SetXY(s.margin+s.term, top)
	p.SetTextColor(0, 0, 0)
	p.MultiCell(0, height, l.Value, "", "L", false)
	p.SetY(max(under, p.GetY()))
}

// code draws the QR code in one path, so that no reader shows seams between its parts.
func (p page) code(code Code) {
	s := p.sheet
	left, top := (s.width-s.code)/2, (s.height-s.code)/2
	switch {
	case s.apart:
		p.AddPage()
	case p.GetY()+s.code > s.height-s.margin:
		p.AddPage()
	default:
		top = s.height - s.margin - s.code
	}
	module := s.code / float64(code.Size())
	p.SetFillColor(0, 0, 0)
	code.runs(func(x, y, length int) {
		x1, y1 := left+float64(x)*module, top+float64(y)*module
		x2, y2 := x1+float64(length)*module, y1+module
		p.MoveTo(x1, y1)
		p.LineTo(x2, y1)
		p.LineTo(x2, y2)
		p.LineTo(x1, y2)
		p.ClosePath()
	})
	p.DrawPath("F")
}

package view

// Scan is the scanner's page. What changes on it is changed by its script.
type Scan struct {
	Page
	Built    bool   // this program holds the scanner
	Core     string // address of the core in WebAssembly
	Hard     string // address of the reader for difficult codes, and of its own core
	HardWasm string
	Regions  []Link            // of the highest level: name, code
	Words    map[string]string // every sentence the scanner can say
}

// Visual is the page for when nothing can scan.
type Visual struct{ Page }

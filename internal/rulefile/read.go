package rulefile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Read parses the bytes of one file. The map is never nil: when the file cannot
// be read at all it is empty and silent, so that a caller reads its keys as
// usual, closes it and then finds the one true fault in File.Err.
func Read(data []byte) (*File, *Map) {
	f := &File{}
	root := f.document(data)
	if root == nil {
		return f, newMap(f, nil, "")
	}
	if root.Kind != yaml.MappingNode {
		f.add(Fault{root.Line, root.Column, "", "the file is " + kindName(root) + ", not a list of \"key: value\" lines", "begin with the keys of the form"})
		return f, newMap(f, nil, "")
	}
	return f, newMap(f, root, "")
}

// document applies rule C1: bounded, UTF-8, exactly one document, and no part
// of YAML that makes a file mean something else than it shows.
func (f *File) document(data []byte) *yaml.Node {
	if len(data) > MaxBytes {
		f.add(Fault{1, 1, "", fmt.Sprintf("the file has %d bytes, more than %d", len(data), MaxBytes), "split it or remove what does not belong here"})
		return nil
	}
	if line, column, ok := badCharacter(data); ok {
		f.add(Fault{line, column, "", "a byte that is not text in UTF-8", "save the file as UTF-8 and remove control characters"})
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		f.add(Fault{1, 1, "", "the file is empty", "start from a file in examples/"})
		return nil
	} else if err != nil {
		f.add(syntaxFault(data, err))
		return nil
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		f.add(Fault{max(second.Line, 1), max(second.Column, 1), "", "a second document begins", "keep one document in a file: remove \"---\" and what follows"})
		return nil
	}
	if !f.plain(&document) || len(document.Content) == 0 {
		return nil
	}
	return document.Content[0]
}

// plain reports anchors, aliases, merge keys and tags, all of them at once.
func (f *File) plain(n *yaml.Node) bool {
	ok := true
	refuse := func(problem, mend string) {
		f.add(Fault{n.Line, n.Column, "", problem, mend})
		ok = false
	}
	switch {
	case n.Kind == yaml.AliasNode:
		refuse("an alias (*"+n.Value+")", "write the value out")
		return false
	case n.Anchor != "":
		refuse("an anchor (&"+n.Anchor+")", "remove it and write the value out where it is needed")
	case n.Tag == "!!merge":
		refuse("a merge key (<<)", "write the keys out")
	case n.Style&yaml.TaggedStyle != 0:
		refuse("a tag ("+n.Tag+")", "remove the tag")
	}
	for _, c := range n.Content {
		ok = f.plain(c) && ok
	}
	return ok
}

// syntaxFault places what the YAML reader says. Its line is found nowhere but
// in its text, so it is used for display only and may be one line off.
func syntaxFault(data []byte, err error) Fault {
	if line, ok := tabIndent(data); ok {
		return Fault{line, 1, "", "a tab at the beginning of a line", "indent with spaces"}
	}
	line := 1
	if n, scanErr := fmt.Sscanf(err.Error(), "yaml: line %d:", &line); n != 1 || scanErr != nil || line < 1 {
		line = 1
	}
	return Fault{line, 1, "", "not readable as YAML (" + err.Error() + ")", "look at this line and its neighbours: indentation, colons, brackets and quotes"}
}

func tabIndent(data []byte) (line int, found bool) {
	for i, l := range bytes.Split(data, []byte("\n")) {
		if bytes.HasPrefix(bytes.TrimLeft(l, " "), []byte("\t")) {
			return i + 1, true
		}
	}
	return 0, false
}

func badCharacter(data []byte) (line, column int, found bool) {
	line, column = 1, 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 || r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			return line, column, true
		}
		if column++; r == '\n' {
			line, column = line+1, 1
		}
		data = data[size:]
	}
	return 0, 0, false
}

package web

import (
	"bytes"
	"fmt"
	"net/http"

	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/web/view"
)

// regionParams are the parameters of the levels, the highest first; a country
// with two levels uses the first two.
var regionParams = []string{"sido", "sigungu", "emd"}

// offered is how many regions with clinics are named where there are none.
const offered = 5

// directory is the regions and clinics in memory (R11): no database is asked.
func (s *Server) directory() (*clinic.Directory, error) {
	if d := s.opts.Store.Directory(); d != nil {
		return d, nil
	}
	return nil, fault.New(fault.Unavailable, "flow.lists_away_text")
}

// region chooses a region level by level (rule W44). The lists come from
// memory, so they are there when the live counts are late.
func (s *Server) region(w http.ResponseWriter, r *http.Request, v visit) error {
	q, err := query(r, append([]string{"region"}, regionParams...)...)
	if err != nil {
		return err
	}
	d, err := s.directory()
	if err != nil {
		return err
	}
	p := view.Region{Flow: s.flow(r, v, 2, "region", "flow.region_title"), Data: regionData(d)}
	path, known := chosenPath(d.Regions(), q)
	if len(path) == 0 && known {
		path = s.draftPath(r, v, d.Regions())
	}
	p.Levels = s.selects(p.Flow, d, path)
	status := http.StatusOK
	if !known {
		status = http.StatusUnprocessableEntity
		p.Flow = s.again(r, p.Flow, fault.New(fault.Invalid, "flow.region_unknown"))
	}
	if len(path) >= 2 {
		s.describe(&p, d, path)
	}
	return s.render(w, r, status, view.RegionPage(p))
}

func (s *Server) describe(p *view.Region, d *clinic.Directory, path []clinic.Region) {
	lowest := path[len(path)-1]
	n := d.Count(lowest.Code)
	p.Chosen, p.Name = string(lowest.Code), pathName(path)
	p.Back = "region:" + p.Chosen
	if p.Empty = n == 0; p.Empty {
		p.Count, p.Near = p.T("flow.region_empty"), s.near(p.Flow, d, lowest.Code)
		return
	}
	p.Count = p.T("flow.region_count", "Clinics", n)
}

// chosenPath follows the parameters down the tree. A lower choice that does not
// belong to the one above it is dropped: it is left over from before. known is
// false when a code is of no region.
func chosenPath(rs *clinic.Regions, q map[string]string) (path []clinic.Region, known bool) {
	if code := q["region"]; code != "" {
		path = rs.Path(clinic.RegionCode(code))
		return path, len(path) > 0
	}
	parent := clinic.RegionCode("")
	for level := range rs.Levels() {
		code := q[regionParams[level]]
		if code == "" {
			break
		}
		region, err := rs.Find(clinic.RegionCode(code))
		if err != nil {
			return path, false
		}
		if region.Parent != parent {
			break
		}
		path, parent = append(path, region), region.Code
	}
	return path, true
}

// draftPath is the region chosen before; a draft that cannot be read is none.
func (s *Server) draftPath(r *http.Request, v visit, rs *clinic.Regions) []clinic.Region {
	draft, err := s.opts.Store.Draft(r.Context(), v.session)
	if err != nil {
		return nil
	}
	return rs.Path(clinic.RegionCode(draft.Region))
}

// selects are the lists of all levels down to the one below the chosen region.
func (s *Server) selects(f view.Flow, d *clinic.Directory, path []clinic.Region) []view.Select {
	var all []view.Select
	parent := clinic.RegionCode("")
	for level := range d.Regions().Levels() {
		list := view.Select{Name: regionParams[level], Label: s.in(f.Lang, s.opts.Agency.RegionLevels[level].Name)}
		first := "flow.region_any"
		if level == 2 {
			first = "flow.region_all"
		}
		list.Options = append(list.Options, view.Option{Text: f.T(first)})
		if level <= len(path) {
			list.Options = append(list.Options, options(f, d, parent, path, level)...)
		}
		all = append(all, list)
		if level < len(path) {
			parent = path[level].Code
		}
	}
	return all
}

func options(f view.Flow, d *clinic.Directory, parent clinic.RegionCode, path []clinic.Region, level int) []view.Option {
	var all []view.Option
	for _, region := range d.Regions().Children(parent) {
		all = append(all, view.Option{
			Value:    string(region.Code),
			Text:     f.T("flow.region_option", "Name", region.Display(), "Clinics", d.Count(region.Code)),
			Selected: level < len(path) && path[level].Code == region.Code,
		})
	}
	return all
}

// near offers the nearest regions that have clinics (rule K13).
func (s *Server) near(f view.Flow, d *clinic.Directory, code clinic.RegionCode) []view.Link {
	var links []view.Link
	for _, n := range d.NearestWithClinics(code, offered) {
		links = append(links, view.Link{
			Text:   pathName(d.Regions().Path(n.Region.Code)),
			URL:    f.At("/clinics?region=" + string(n.Region.Code)),
			Detail: f.T("flow.region_near_detail", "Clinics", n.Clinics, "Km", fmt.Sprintf("%.0f", max(n.Km, 1))),
		})
	}
	return links
}

// pathName is a region with those above it: 경기도 고양시 덕양구.
func pathName(path []clinic.Region) string {
	name := ""
	for i, region := range path {
		if i > 0 {
			name += " "
		}
		name += region.Display()
	}
	return name
}

// regionData is the address of the whole tree in one file, for the script.
func regionData(d *clinic.Directory) string {
	if name := d.Manifest().Regions.File; name != "" {
		return "/static/directory/" + name
	}
	return ""
}

// directoryFile serves the published lists; a name carries the hash of its
// content, so it may be kept for ever (rule K14). The manifest is not public.
func (s *Server) directoryFile(w http.ResponseWriter, r *http.Request) error {
	d, err := s.directory()
	if err != nil {
		return err
	}
	name := r.PathValue("file")
	data, ok := d.File(name)
	if !ok || name == clinic.ManifestFile {
		return fault.New(fault.NotFound, "web.no_page")
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if !takesGzip(r) {
		_, _ = w.Write(data) // the reader may be gone
		return nil
	}
	packed := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(packed)
	packed.Reset()
	pack(packed, data)
	h.Set("Content-Encoding", "gzip")
	_, _ = w.Write(packed.Bytes()) // the reader may be gone
	return nil
}

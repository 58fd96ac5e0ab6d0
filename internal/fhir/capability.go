package fhir

// Capability says what a server can be asked.
type Capability struct {
	Type     string   `json:"resourceType"`
	Status   string   `json:"status"`
	Date     string   `json:"date"`
	Kind     string   `json:"kind"`
	Software Software `json:"software"`
	Where    Where    `json:"implementation"`
	FHIR     string   `json:"fhirVersion"`
	Format   []string `json:"format"`
	Rest     []Rest   `json:"rest"`
}

// Software is the program.
type Software struct {
	Name string `json:"name"`
}

// Where is this server.
type Where struct {
	Description string `json:"description"`
	URL         string `json:"url"`
}

// Rest is what can be done over HTTP.
type Rest struct {
	Mode     string         `json:"mode"`
	Resource []RestResource `json:"resource"`
}

// RestResource is what can be done with one kind of resource.
type RestResource struct {
	Type        string        `json:"type"`
	Interaction []Interaction `json:"interaction"`
	Params      []Param       `json:"searchParam"`
}

// Interaction is read or search-type.
type Interaction struct {
	Code string `json:"code"`
}

// Param is one search parameter.
type Param struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// readAndSearch are the public kinds with their search parameters, by type.
var readAndSearch = []RestResource{
	{Type: "Location", Params: []Param{{"_id", "token"}, {"name", "string"}}},
	{Type: "HealthcareService", Params: []Param{{"_id", "token"}, {"location", "reference"}}},
	{Type: "Schedule", Params: []Param{{"_id", "token"}, {"actor", "reference"}}},
	{Type: "Slot", Params: []Param{{"schedule", "reference"}, {"start", "date"}, {"status", "token"}}},
}

// NewCapability is the statement of the server at base, as it is since the day.
func NewCapability(base, name, day string) Capability {
	r := Rest{Mode: "server"}
	for _, kind := range readAndSearch {
		kind.Interaction = []Interaction{{"read"}, {"search-type"}}
		r.Resource = append(r.Resource, kind)
	}
	return Capability{
		Type: "CapabilityStatement", Status: "active", Date: day, Kind: "instance", Software: Software{"Naru"},
		Where: Where{name, base}, FHIR: Version, Format: []string{"json"}, Rest: []Rest{r},
	}
}

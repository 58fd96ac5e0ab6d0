package view

// Guardian is the form of somebody who books for another person.
type Guardian struct {
	Flow
	Name      string // of the campaign
	Allowed   bool
	Most      int // people one guardian may book for
	Subject   []Field
	You       []Field
	OwnPhone  Field
	Relations []Option
	Consent   Field
}

package staff

// Act is one thing a member of staff does, as the permission table judges it and the
// audit remembers it. People are named by their random id alone (rule S5).
type Act struct {
	Permission Permission
	At         Place             // where; the zero place for what concerns the whole country
	Person     string            // whose data it is, "" while nobody was found
	Campaign   string            // "" for none
	Detail     map[string]string // what was asked, without names, birth dates, phones or free text
}

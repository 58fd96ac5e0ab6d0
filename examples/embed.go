// Package examples is the files an agency starts from. They are part of the
// program, so that it runs without any file of its own: agency.yaml for Korea
// with the campaigns of 2021, and a made-up second country. It holds bytes only
// and decides nothing.
package examples

import "embed"

// AgencyYAML is the agency file used when none is named: Korea.
//
//go:embed agency.yaml
var AgencyYAML []byte

// SecondAgencyYAML is a made-up country with two levels of regions, another
// phone format, English first and a zone with summer time.
//
//go:embed agency-second.yaml
var SecondAgencyYAML []byte

// SecondRegionsCSV is the made-up country's regions.
//
//go:embed regions-second.csv
var SecondRegionsCSV []byte

// Campaigns holds campaigns/*.yaml.
//
//go:embed campaigns/*.yaml
var Campaigns embed.FS

// BirthYearsCSV is the estimated number of residents of Korea by year of birth,
// June 2020; source and licence in data/NOTICE.md.
//
//go:embed data/birth_year_weights.csv
var BirthYearsCSV []byte

// VaccinePassYAML is the entry rules of Korea's vaccine pass, November 2021 to
// February 2022.
//
//go:embed rules/kr-vaccine-pass.yaml
var VaccinePassYAML []byte

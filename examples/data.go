package examples

import _ "embed" // for the lists below

// RegionsCSV is the regions of Korea in three levels, state of 9 March 2022, in
// the form that naru import regions reads; origin and licence are in
// data/NOTICE.md. The demonstration spreads its made-up clinics over them.
//
//go:embed data/regions.csv
var RegionsCSV []byte

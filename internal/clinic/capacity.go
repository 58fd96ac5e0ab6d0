package clinic

// perDoctorHour is what one doctor is taken to give in an hour beside ordinary
// patients. With the longest day of rule K7, eleven hours without lunch, it
// stays below the 100 a day that one doctor may answer for (rule K11).
const perDoctorHour = 8

// staffPerDoctor is how many of a hospital's staff stand behind one doctor who
// vaccinates.
const staffPerDoctor = 20

// hospitalDoctors derives the doctors a hospital sets aside for vaccination
// from its staff (rule K10): one for every twenty, at least one, at most most.
func hospitalDoctors(staff, most int) int {
	return min(max(staff/staffPerDoctor, 1), most)
}

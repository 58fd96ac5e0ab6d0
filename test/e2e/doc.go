// Package e2e drives real browsers against the real program: the binary is
// built, started on a free port with an empty data folder, and used through its
// pages alone, as a citizen would.
//
// It promises that what README.md shows can be done in Chromium and Firefox,
// with and without JavaScript, by keyboard, in Korean and English, also when
// the server is killed or its database taken away. It never reaches into the
// server's memory, never rests for a fixed time, and holds no person: the
// names, dates and numbers are made up.
//
// The tests run with NARU_E2E=1 (make e2e). Chromium and Firefox are Debian's;
// where one is missing the tests that need it are left out with the command that
// installs it, except under CI=true, where they fail. NARU_SCREENSHOTS=DIR keeps
// a picture of every page; NARU_BIN=FILE drives a program that is built already.
package e2e

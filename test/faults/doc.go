// Package faults kills, freezes and cuts off real processes while a crowd books,
// and looks afterwards whether anything was lost: nodes, SQLite's process,
// PostgreSQL, its primary with a synchronous standby, and the line between them.
//
// A node is this test binary started again: it opens the store, runs it and
// answers over a socket, so that an acknowledgement crosses the border of a
// process. The crowd repeats with the same key what was not answered. At the end
// every acknowledged booking must be in the database, every ticket be what it
// was, store.Check be sound, and the history of what people were told have one
// order in which all of it makes sense (internal/history); what the checker
// cannot decide in time is no pass.
//
// It never reaches into a node's memory and never touches a process it did not
// start. kill -9 keeps the page cache, so it proves the order of acts and not
// that they reach the disk; the order of write, fsync and answer is read from
// strace.
//
// The tests run with NARU_FAULTS=N (make faults), N being the number of kills in
// all: 20 in CI, 200 in the recorded run. NARU_FAULTS_SEED repeats a schedule,
// NARU_FAULTS_REPORT=FILE appends the table of results to a file.
package faults

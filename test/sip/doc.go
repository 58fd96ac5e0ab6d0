// Package sip plays a carrier: sipp (Debian's sip-tester) calls the numbers of facilities
// on the loopback interface, with the scenarios in this folder, and the entry register is
// read afterwards.
package sip

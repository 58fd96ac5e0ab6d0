// Package peers sets Naru's certificates against programs of others: they read what Naru
// issued, and Naru reads what they signed. make peers runs it.
package peers

package web

// flowRoutes are the pages from the proof to the reservation number, and the
// look-up. Every one of them checks on the server whose turn it is; no address
// opens a step by itself (rule W40).
func (s *Server) flowRoutes() {
	left := newCounts(s.opts.Now)
	at := "/c/{campaign}"
	s.handle("GET "+at+"/book", s.proven(s.book))
	s.handle("GET "+at+"/prove", s.inside(s.askProof))
	s.handle("POST "+at+"/prove/send", s.inside(s.sendCode))
	s.handle("POST "+at+"/prove", s.inside(s.prove))
	s.handle("POST "+at+"/prove/begin", s.inside(s.beginProof))
	s.handle("POST "+at+"/extend", s.inside(s.extend))
	s.handle("GET "+at+"/eligible", s.proven(s.eligible))
	s.handle("GET "+at+"/region", s.allowed(s.region))
	s.handle("GET "+at+"/clinics", s.allowed(s.clinics(left)))
	s.handle("POST "+at+"/clinic", s.allowed(s.chooseClinic))
	s.handle("GET "+at+"/times", s.allowed(s.times))
	s.handle("POST "+at+"/hold", s.proven(s.hold))
	s.handle("POST "+at+"/release", s.proven(s.release))
	s.handle("GET "+at+"/confirm", s.proven(s.askConfirm))
	s.handle("POST "+at+"/confirm", s.proven(s.confirm))
	s.handle("GET "+at+"/done", s.proven(s.done))
	s.handle("GET "+at+"/done.ics", s.proven(s.doneCalendar))
	s.handleMachine("GET /static/directory/{file...}", s.directoryFile)
	s.lookUpRoutes()
	if s.opts.Development {
		s.developmentRoutes()
	}
}

// identityRoutes are the proof before the opening, and where providers send
// people back to.
func (s *Server) identityRoutes() {
	at := "/c/{campaign}/early"
	s.handle("GET "+at, s.holding(s.askProof))
	s.handle("POST "+at+"/send", s.holding(s.sendCode))
	s.handle("POST "+at+"/begin", s.holding(s.beginProof))
	s.handle("POST "+at, s.holding(s.prove))
	s.handle("GET /identity/back", s.comeBack)
}

func (s *Server) lookUpRoutes() {
	s.handle("GET /lookup", s.askLookUp)
	s.handle("POST /lookup", s.lookUp)
	s.handle("GET /lookup/lost", s.askLost)
	s.handle("POST /lookup/send", s.sendLost)
	s.handle("GET /lookup/code", s.askLostCode)
	s.handle("POST /lookup/code", s.proveLost)
	s.handle("GET /lookup/list", s.found(s.list))
	s.handle("GET /lookup/calendar/{nth}", s.found(s.listCalendar))
	s.handle("POST /lookup/cancel", s.found(s.cancel))
	s.changeRoutes()
}

// developmentRoutes exist only where messages go to a page instead of a phone.
func (s *Server) developmentRoutes() {
	s.handle("GET /inbox", s.inbox)
	s.handleMachine("GET /inbox.json", s.inboxJSON)
	s.handle("GET /demo", s.demo)
	s.handle("POST /demo/open/{campaign}", s.demoOpen)
}

package view

// OperateCode asks an operator for the code.
type OperateCode struct {
	Page
	Code Field
}

// Operate is the operators' page.
type Operate struct {
	Page
	By, Ends string
	Base     string // path of the page, to which its forms are sent
	MaySteer bool
	Gates    []GateCard
}

// GateCard is how one gate stands.
type GateCard struct {
	Campaign, Phase, Opens string
	Paused                 bool
	Cap, Rate              Field
	Pressure               string
	Lanes                  []LaneLine
	Lately                 []SteeringLine
	Error                  string
}

// LaneLine is one lane of a gate.
type LaneLine struct {
	Lane                         string
	Seats, Live, Unproven, Turns int
	Serving, Waiting             uint64
}

// SteeringLine is one change that an operator made.
type SteeringLine struct{ At, By, What, Before, After string }

package ledger

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// config is what the environment says; names and meaning are in load/k6/README.md.
type config struct {
	path          string
	run           string
	host          string
	epochMonoNs   int64
	idPrefix      string
	ratePerMinute int64
	regions       []string
	timeout       time.Duration
	stopOnStdin   bool
}

func readConfig(environment map[string]string) (config, error) {
	c := config{
		path:        environment["DRILL_LEDGER"],
		run:         environment["DRILL_RUN"],
		host:        environment["DRILL_HOST"],
		idPrefix:    environment["DRILL_ID_PREFIX"],
		stopOnStdin: environment["DRILL_STOP"] == "stdin",
	}
	if c.path == "" {
		return c, fmt.Errorf("DRILL_LEDGER does not name a file")
	}
	var err error
	if c.epochMonoNs, err = number(environment, "DRILL_EPOCH_MONO_NS"); err != nil {
		return c, err
	}
	if c.ratePerMinute, err = number(environment, "DRILL_RATE_PER_MINUTE"); err != nil {
		return c, err
	}
	timeoutMs, err := number(environment, "DRILL_TIMEOUT_MS")
	if err != nil {
		return c, err
	}
	c.timeout = time.Duration(timeoutMs) * time.Millisecond
	if regions := environment["DRILL_REGIONS"]; regions != "" {
		c.regions = strings.Split(regions, ",")
	}
	if len(c.regions) > 9 {
		return c, fmt.Errorf("DRILL_REGIONS names %d Regions; a row has room for 9", len(c.regions))
	}
	return c, nil
}

func number(environment map[string]string, name string) (int64, error) {
	value, err := strconv.ParseInt(environment[name], 10, 64)
	if err != nil || value < 0 {
		return 0, fmt.Errorf("%s is %q, not a whole number", name, environment[name])
	}
	return value, nil
}

// regionNumber is the place of name in the header's list, from 1; 0 = not known.
func (c *config) regionNumber(name string) int64 {
	if name == "" {
		return 0
	}
	for i, region := range c.regions {
		if region == name {
			return int64(i + 1)
		}
	}
	return 0
}

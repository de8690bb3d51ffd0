// load: closed-loop load generator. A JSON driver file describes the system: each client takes a
// fresh case (from -cases, or by a start request), fires its triggers one after the other, and
// begins again. Variables in braces: those of "vars", those captured from answers, {uuid} (fresh
// each time), {n} (1, 2, 3 ... over all clients), {trigger}.
package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type Step struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Body    string            `json:"body"`
	Headers map[string]string `json:"headers"`
	Capture map[string]string `json:"capture"` // variable -> JSON field: first `"field":` in the answer
	OK      []int             `json:"ok"`      // accepted status codes, default any 2xx
}
type Trigger struct {
	Name string            `json:"name"`
	Vars map[string]string `json:"vars"`
}
type Driver struct {
	System   string            `json:"system"`
	Base     string            `json:"base"`
	Headers  map[string]string `json:"headers"`
	Vars     map[string]string `json:"vars"`
	Start    Step              `json:"start"`
	Prepare  *Step             `json:"prepare"` // once per case after start, counted in the start time
	Before   *Step             `json:"before"`  // before every trigger, counted in the trigger time
	Trigger  Step              `json:"trigger"`
	Triggers []json.RawMessage `json:"triggers"`
	trig     []Trigger
}

var (
	drv    Driver
	host   string
	caseNo atomic.Int64
	given  [][]string // cases from -cases: one line each, "id person chair"
	runTag string
)

type lane struct {
	vars  map[string]string
	conn  net.Conn
	in    *bufio.Reader
	out   []byte
	body  []byte
	tr    []int64 // ns per trigger
	st    []int64
	errs  int64
	codes map[int]int64
	last  string
}

func (l *lane) expand(s string) string {
	if strings.IndexByte(s, '{') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 48)
	for i := 0; i < len(s); {
		if s[i] == '{' {
			if j := strings.IndexByte(s[i:], '}'); j > 1 {
				k := s[i+1 : i+j]
				if k == "uuid" {
					b.WriteString(uuid())
					i += j + 1
					continue
				}
				if v, ok := l.vars[k]; ok {
					b.WriteString(v)
					i += j + 1
					continue
				}
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

func uuid() string {
	var u [16]byte
	a, c := mrand.Uint64(), mrand.Uint64()
	for i := 0; i < 8; i++ {
		u[i], u[8+i] = byte(a>>(8*i)), byte(c>>(8*i))
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	h := hex.EncodeToString(u[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func field(b []byte, name string) (string, bool) {
	i := bytes.Index(b, []byte(`"`+name+`"`))
	if i < 0 {
		return "", false
	}
	b = bytes.TrimLeft(b[i+len(name)+2:], " \t\r\n:")
	if len(b) == 0 {
		return "", false
	}
	if b[0] == '"' {
		if j := bytes.IndexByte(b[1:], '"'); j >= 0 {
			return string(b[1 : 1+j]), true
		}
		return "", false
	}
	j := bytes.IndexAny(b, ",}] \r\n")
	if j < 0 {
		j = len(b)
	}
	return string(b[:j]), true
}

// do sends one request on the lane's own connection; returns the status (0: transport error) and
// whether it counts as good. By hand, because net/http costs as much as what is measured.
func (l *lane) do(s *Step) (int, bool) {
	status, err := l.exchange(s)
	l.codes[status]++
	if err != nil {
		l.last = err.Error()
		if l.conn != nil {
			l.conn.Close()
			l.conn = nil
		}
		return 0, false
	}
	good := status/100 == 2
	if len(s.OK) > 0 {
		good = false
		for _, c := range s.OK {
			good = good || c == status
		}
	}
	if good {
		for k, f := range s.Capture {
			v, ok := field(l.body, f)
			if !ok {
				l.last = "no field " + f + " in " + string(l.body)
				good = false
			}
			l.vars[k] = v
		}
	} else {
		l.last = fmt.Sprint(status, " ", s.Path, " ", string(l.body[:min(300, len(l.body))]))
	}
	return status, good
}

func (l *lane) exchange(s *Step) (int, error) {
	if l.conn == nil {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			return 0, err
		}
		l.conn, l.in = conn, bufio.NewReaderSize(conn, 64<<10)
	}
	body := l.expand(s.Body)
	l.out = append(l.out[:0], s.Method...)
	l.out = append(append(append(l.out, ' '), l.expand(s.Path)...), " HTTP/1.1\r\nHost: "...)
	l.out = append(append(l.out, host...), "\r\n"...)
	for _, headers := range []map[string]string{drv.Headers, s.Headers} {
		for name, value := range headers {
			l.out = append(append(append(append(l.out, name...), ": "...), l.expand(value)...), "\r\n"...)
		}
	}
	if s.Method != "GET" {
		l.out = append(l.out, "Content-Type: application/json\r\nContent-Length: "...)
		l.out = append(strconv.AppendInt(l.out, int64(len(body)), 10), "\r\n"...)
	}
	l.out = append(append(l.out, "\r\n"...), body...)
	l.conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := l.conn.Write(l.out); err != nil {
		return 0, err
	}
	status, length := 0, -1
	for {
		line, err := l.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if status == 0 {
			if len(line) < 12 {
				return 0, fmt.Errorf("no status in %q", line)
			}
			status, _ = strconv.Atoi(string(line[9:12]))
		} else if len(line) == 0 {
			break
		} else if len(line) > 15 && bytes.EqualFold(line[:15], []byte("content-length:")) {
			length, _ = strconv.Atoi(strings.TrimSpace(string(line[15:])))
		}
	}
	if length < 0 {
		return 0, fmt.Errorf("an answer without Content-Length")
	}
	if cap(l.body) < length {
		l.body = make([]byte, length)
	}
	l.body = l.body[:length]
	_, err := io.ReadFull(l.in, l.body)
	return status, err
}

func (l *lane) begin() bool {
	clear(l.vars)
	for k, v := range drv.Vars {
		l.vars[k] = v
	}
	n := strconv.FormatInt(caseNo.Add(1), 10)
	l.vars["case"], l.vars["n"] = runTag+"-"+n, n // n counts 1, 2, 3 ... over all lanes: fresh units, fresh people
	if given != nil {
		i, _ := strconv.Atoi(n)
		if i > len(given) {
			l.last = "no cases left"
			return false
		}
		l.vars["id"], l.vars["person"] = given[i-1][0], given[i-1][1]
		l.vars["chair"] = given[i-1][2]
		return true
	}
	if _, ok := l.do(&drv.Start); !ok {
		return false
	}
	if drv.Prepare != nil {
		if _, ok := l.do(drv.Prepare); !ok {
			return false
		}
	}
	return true
}

func (l *lane) set(k int) {
	t := drv.trig[k]
	l.vars["trigger"], l.vars["step"] = t.Name, strconv.Itoa(k)
	for a, b := range t.Vars {
		l.vars[a] = l.expand(b)
	}
}

func (l *lane) fire(k int) bool {
	l.set(k)
	if drv.Before != nil {
		if _, ok := l.do(drv.Before); !ok {
			return false
		}
	}
	_, ok := l.do(&drv.Trigger)
	return ok
}

func newLane() *lane { return &lane{vars: map[string]string{}, codes: map[int]int64{}} }

// ticks used by the process groups named in -cpu (name=pid[+children])
func ticks(spec string) float64 {
	tree := strings.HasSuffix(spec, "+")
	pid := strings.TrimSuffix(spec, "+")
	sum := 0.0
	read := func(p string, child bool) (ppid string) {
		b, err := os.ReadFile("/proc/" + p + "/stat")
		if err != nil {
			return
		}
		f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+2:]))
		ppid = f[1]
		if p == pid || (child && ppid == pid) {
			n := []int{11, 12}
			if p == pid && tree {
				n = []int{11, 12, 13, 14}
			}
			for _, i := range n {
				v, _ := strconv.ParseFloat(f[i], 64)
				sum += v
			}
		}
		return
	}
	if !tree {
		read(pid, false)
		return sum / 100
	}
	d, _ := os.ReadDir("/proc")
	for _, e := range d {
		if n := e.Name(); n[0] >= '0' && n[0] <= '9' {
			read(n, true)
		}
	}
	return sum / 100
}

func pct(v []int64, p float64) float64 {
	if len(v) == 0 {
		return 0
	}
	i := int(p * float64(len(v)-1))
	return float64(v[i]/1000) / 1000
}

func main() {
	file := flag.String("driver", "", "driver JSON")
	base := flag.String("base", "", "override base URL")
	mode := flag.String("mode", "walk", "walk | get")
	n := flag.Int("c", 8, "clients")
	warm := flag.Duration("warm", 5*time.Second, "warm-up")
	dur := flag.Duration("dur", 15*time.Second, "measured time")
	cases := flag.Int("cases", 500, "get: number of requests")
	cpu := flag.String("cpu", "", "name=pid,name=pid+ (+ adds children)")
	url := flag.String("url", "", "get: path (template)")
	casesFile := flag.String("cases-file", "", "fresh cases, one \"id person\" a line, in place of the start request")
	flag.Parse()
	b, err := os.ReadFile(*file)
	if err == nil {
		err = json.Unmarshal(b, &drv)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, r := range drv.Triggers {
		var t Trigger
		if r[0] == '"' {
			json.Unmarshal(r, &t.Name)
		} else {
			json.Unmarshal(r, &t)
		}
		drv.trig = append(drv.trig, t)
	}
	if *base != "" {
		drv.Base = *base
	}
	if *casesFile != "" {
		lines, err := os.ReadFile(*casesFile)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		for _, line := range strings.Split(strings.TrimSpace(string(lines)), "\n") {
			given = append(given, strings.Fields(line))
		}
	}
	var tag [4]byte
	rand.Read(tag[:])
	runTag = hex.EncodeToString(tag[:])
	host = strings.TrimPrefix(drv.Base, "http://")

	var lanes []*lane
	var wg sync.WaitGroup
	each := func(f func(l *lane, i int)) {
		for i := 0; i < *n; i++ {
			l := newLane()
			lanes = append(lanes, l)
			wg.Add(1)
			go func() { defer wg.Done(); f(l, i) }()
		}
		wg.Wait()
	}
	out := map[string]any{"system": drv.System, "mode": *mode, "clients": *n}
	t0 := time.Now()
	var measured time.Duration
	switch *mode {
	case "walk":
		from := t0.Add(*warm)
		var end atomic.Int64 // of the measured time: earlier where the given cases are used up
		end.Store(from.Add(*dur).UnixNano())
		over := func(at time.Time) bool { return at.UnixNano() > end.Load() }
		cpus := map[string]float64{}
		specs := map[string]string{"load": strconv.Itoa(os.Getpid())}
		for _, s := range strings.Split(*cpu, ",") {
			if k, v, ok := strings.Cut(s, "="); ok {
				specs[k] = v
			}
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			time.Sleep(time.Until(from))
			for k, v := range specs {
				cpus[k] = -ticks(v)
			}
			for !over(time.Now()) {
				time.Sleep(5 * time.Millisecond)
			}
			sec := time.Since(from).Seconds()
			for k, v := range specs {
				cpus[k] = float64(int((cpus[k]+ticks(v))/sec*1000)) / 1000
			}
		}()
		each(func(l *lane, i int) {
			var prev time.Time
			for {
				prev = time.Now()
				if over(prev) {
					return
				}
				in := prev.After(from)
				ok := l.begin()
				now := time.Now()
				if !ok && given != nil {
					end.Store(min(end.Load(), now.UnixNano()))
					return
				}
				if !ok {
					if in {
						l.errs++
					}
					time.Sleep(5 * time.Millisecond)
					continue
				}
				if in && !over(now) {
					l.st = append(l.st, int64(now.Sub(prev)))
				}
				for k := range drv.trig {
					prev = time.Now()
					if over(prev) {
						return
					}
					ok := l.fire(k)
					now = time.Now()
					if now.After(from) && !over(now) {
						if ok {
							l.tr = append(l.tr, int64(now.Sub(prev)))
						} else {
							l.errs++
						}
					}
					if !ok {
						break
					}
				}
			}
		})
		out["cpu"] = cpus
		measured = time.Unix(0, end.Load()).Sub(from)
	case "get":
		left := atomic.Int64{}
		left.Store(int64(*cases))
		st := &Step{Method: "GET", Path: *url}
		each(func(l *lane, i int) {
			for left.Add(-1) >= 0 {
				a := time.Now()
				if _, ok := l.do(st); !ok {
					l.errs++
				}
				l.tr = append(l.tr, int64(time.Since(a)))
			}
			l.last = string(l.body[:min(160, len(l.body))])
		})
		out["sample"] = lanes[0].last
	}
	var tr, st []int64
	var errs int64
	codes := map[string]int64{}
	last := ""
	for _, l := range lanes {
		tr, st, errs = append(tr, l.tr...), append(st, l.st...), errs+l.errs
		for c, v := range l.codes {
			codes[strconv.Itoa(c)] += v
		}
		if l.errs > 0 {
			last = l.last
		}
	}
	sort.Slice(tr, func(i, j int) bool { return tr[i] < tr[j] })
	sort.Slice(st, func(i, j int) bool { return st[i] < st[j] })
	sec := time.Since(t0).Seconds()
	if *mode == "walk" {
		sec = measured.Seconds()
		out["seconds"] = sec
	}
	out["triggers"], out["starts"] = len(tr), len(st)
	out["triggers_s"], out["starts_s"] = float64(int(float64(len(tr))/sec*10))/10, float64(int(float64(len(st))/sec*10))/10
	out["p50"], out["p95"], out["p99"] = pct(tr, .5), pct(tr, .95), pct(tr, .99)
	out["start_p50"], out["start_p95"] = pct(st, .5), pct(st, .95)
	out["errors"], out["codes"] = errs, codes
	out["cases"] = min(caseNo.Load(), int64(len(given)))
	if last != "" {
		out["last_error"] = last
	}
	j, _ := json.Marshal(out)
	fmt.Println(string(j))
}

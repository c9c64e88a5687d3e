package main

// goal is a figure that must not be exceeded.
type goal struct {
	name  string
	limit float64
	value func(figures) float64
	// held means that the goal has been reached once: a test sees to it that it stays so.
	held bool
}

func (g goal) met(f figures) bool { return g.value(f) <= g.limit }

// goals are the limits for the shape of the code.
func goals() []goal {
	whole := func(value func(figures) int) func(figures) float64 {
		return func(f figures) float64 { return float64(value(f)) }
	}
	return []goal{
		{"lines of a file, at most", 300, whole(func(f figures) int { return maximum(f.shape.fileLines) }), false},
		{"lines of a function, at most", 40, whole(func(f figures) int { return maximum(f.shape.functionLines) }), false},
		{"cyclomatic complexity, p99", 10, whole(func(f figures) int { return quantile(f.shape.complexities, 0.99) }), false},
		{"exported without a comment", 0, whole(func(f figures) int { return f.shape.undocumented }), true},
		{"words of a doc comment, p90", 25, whole(func(f figures) int { return quantile(f.shape.docWords, 0.9) }), false},
		{
			"lines over 120 columns, in percent", 1,
			func(f figures) float64 { return percent(f.shape.longLines, f.shape.lines) }, true,
		},
		{"files of a package, at most", 20, whole(func(f figures) int { return maximum(f.packages.files) }), false},
		{"lines of a package, median", 250, whole(func(f figures) int { return median(f.packages.lines) }), false},
		{"files with methods of one type", 6, whole(func(f figures) int { return f.packages.methodFiles }), false},
		{"one promotion: stays", 80, whole(func(f figures) int { return f.walk.stays }), false},
		{"one promotion: returns", 40, whole(func(f figures) int { return f.walk.returns }), false},
	}
}

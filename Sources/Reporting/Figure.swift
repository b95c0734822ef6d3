/// Figures in files, drawn by gnuplot: PNG or SVG by the path's extension, each put in place in one step.
public enum Figure {}

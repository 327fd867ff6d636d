module plugwright.dev/conformance/matrix

go 1.26.0

module plugwright.dev/bench/table

go 1.26.0

module sampler-go

go 1.25

require palisade v0.1.0

replace palisade => ./third_party/palisade

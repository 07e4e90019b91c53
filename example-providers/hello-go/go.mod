module hello-go

go 1.25

require palisade v0.1.0

// Nothing is published yet: the SDK is here.
replace palisade => ./third_party/palisade

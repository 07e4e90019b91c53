module palisade

go 1.25

// Package texttoimagejob is the capability "text-to-image" where pictures take longer than a call. The work is a job: see [palisade/jobs].
package texttoimagejob

import (
	"palisade"
	"palisade/internal/registry"
	"palisade/texttoimage"
)

// A Request says which pictures to make.
type Request = texttoimage.Request

// A Handler submits work, once, and gives what finds it again.
type Handler func(call *palisade.Call, request *Request) (ticket any, err error)

// Handle says who submits work. What it gives is what the functions of [palisade/jobs] are asked with.
func Handle[Ticket any](submit func(call *palisade.Call, request *Request) (Ticket, error)) {
	registry.Set("text-to-image-job", Handler(func(call *palisade.Call, request *Request) (any, error) {
		return submit(call, request)
	}))
}

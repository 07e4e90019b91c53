package stores

import "time"

// A MessageQueue is one of messages, which wait until somebody has done what they ask for.
type MessageQueue struct {
	name string
}

// Queue is the queue that is lent by this name.
func Queue(name string) MessageQueue {
	return MessageQueue{name}
}

// A NewMessage is one to add.
type NewMessage struct {
	Body []byte
	// Delay is how long until it can be taken.
	Delay time.Duration
	// DeduplicationKey has none added where a message that waits, or that somebody has, was sent with the same; an empty one adds it always.
	DeduplicationKey string
}

// A Message is one that was taken.
type Message struct {
	ID   string
	Body []byte
	// Receipt is by which it is acknowledged, released and extended; another one each time it is taken.
	Receipt string
	// Attempts is how many times it was taken, this time included.
	Attempts int
}

// Counts are how many messages there are.
type Counts struct {
	// Ready can be taken now, Delayed later; somebody has those that are Leased, and those that are Dead were given out too often.
	Ready, Delayed, Leased, Dead int
}

// Send adds messages, all of them in one go. It gives the id of each, that of the one that is there where it is there already.
func (queue MessageQueue) Send(messages ...NewMessage) ([]string, error) {
	asked, err := within[interface {
		SendMessages(string, []NewMessage) ([]string, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.SendMessages(queue.name, messages)
}

// Receive takes the messages that have waited longest, at most so many. Nobody else gets them for the time of the lease, 30 seconds where it is 0.
func (queue MessageQueue) Receive(limit int, lease time.Duration) ([]Message, error) {
	asked, err := within[interface {
		ReceiveMessages(name string, limit int, lease time.Duration) ([]Message, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.ReceiveMessages(queue.name, limit, lease)
}

// Acknowledge says that messages are done with: they are forgotten. It gives for each receipt whether it still was this one's.
func (queue MessageQueue) Acknowledge(receipts ...string) ([]bool, error) {
	asked, err := within[interface {
		AcknowledgeMessages(string, []string) ([]bool, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.AcknowledgeMessages(queue.name, receipts)
}

// Release gives messages back, for others to take after a time. It gives for each receipt whether it still was this one's.
func (queue MessageQueue) Release(delay time.Duration, receipts ...string) ([]bool, error) {
	asked, err := within[interface {
		ReleaseMessages(string, []string, time.Duration) ([]bool, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.ReleaseMessages(queue.name, receipts, delay)
}

// Extend takes messages for the time of the lease from now. It gives for each receipt whether it still was this one's.
func (queue MessageQueue) Extend(lease time.Duration, receipts ...string) ([]bool, error) {
	asked, err := within[interface {
		ExtendMessages(string, []string, time.Duration) ([]bool, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.ExtendMessages(queue.name, receipts, lease)
}

// Count tells how many messages there are.
func (queue MessageQueue) Count() (Counts, error) {
	asked, err := within[interface {
		CountMessages(string) (Counts, error)
	}]()
	if err != nil {
		return Counts{}, err
	}
	return asked.CountMessages(queue.name)
}

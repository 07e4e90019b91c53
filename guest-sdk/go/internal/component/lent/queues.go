//go:build wasip1

package lent

import (
	"math"
	"time"

	"palisade/internal/component/convert"
	queues "palisade/internal/component/palisade_provider_queues"
	"palisade/stores"
)

func (component) SendMessages(queue string, messages []stores.NewMessage) ([]string, error) {
	return answer(queues.Send(convert.Text(queue), each(messages, func(message stores.NewMessage) queues.NewMessage {
		return queues.NewMessage{
			Body:             message.Body,
			DelayMs:          milliseconds(message.Delay),
			DeduplicationKey: convert.OptionalText(message.DeduplicationKey),
		}
	})))
}

func (component) ReceiveMessages(queue string, limit int, lease time.Duration) ([]stores.Message, error) {
	most := uint32(max(0, min(limit, math.MaxInt32)))
	messages, err := answer(queues.Receive(convert.Text(queue), most, optionalTime(lease)))
	return each(messages, func(message queues.Message) stores.Message {
		return stores.Message{ID: message.Id, Body: message.Body, Receipt: message.Receipt, Attempts: int(message.Attempts)}
	}), err
}

func (component) AcknowledgeMessages(queue string, receipts []string) ([]bool, error) {
	return answer(queues.Acknowledge(convert.Text(queue), convert.Texts(receipts)))
}

func (component) ReleaseMessages(queue string, receipts []string, delay time.Duration) ([]bool, error) {
	return answer(queues.Release(convert.Text(queue), convert.Texts(receipts), milliseconds(delay)))
}

func (component) ExtendMessages(queue string, receipts []string, lease time.Duration) ([]bool, error) {
	return answer(queues.Extend(convert.Text(queue), convert.Texts(receipts), milliseconds(lease)))
}

func (component) CountMessages(queue string) (stores.Counts, error) {
	counts, err := answer(queues.Count(convert.Text(queue)))
	return stores.Counts{
		Ready: int(counts.Ready), Delayed: int(counts.Delayed), Leased: int(counts.Leased), Dead: int(counts.Dead),
	}, err
}

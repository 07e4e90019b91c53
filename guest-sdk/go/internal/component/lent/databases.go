//go:build wasip1

package lent

import (
	"fmt"
	"reflect"

	"palisade/internal/component/convert"
	databases "palisade/internal/component/palisade_provider_databases"
	"palisade/stores"
)

func (component) QueryDatabase(database string, statement stores.Statement, limit int) (*stores.Rows, error) {
	asked, err := lower(statement)
	if err != nil {
		return nil, err
	}
	found, err := answer(databases.Query(convert.Text(database), asked, convert.Count(limit)))
	if err != nil {
		return nil, err
	}
	rows := each(found.Rows, func(row []databases.Value) []any { return each(row, value) })
	return &stores.Rows{Columns: found.Columns, Rows: rows, HasMore: found.HasMore}, nil
}

func (component) ExecuteStatements(database string, statements []stores.Statement) ([]int, error) {
	all := make([]databases.Statement, 0, len(statements))
	for _, statement := range statements {
		raw, err := lower(statement)
		if err != nil {
			return nil, err
		}
		all = append(all, raw)
	}
	changed, err := answer(databases.Execute(convert.Text(database), all))
	return each(changed, func(rows uint64) int { return int(rows) }), err
}

func lower(statement stores.Statement) (databases.Statement, error) {
	raw := databases.Statement{Sql: convert.Text(statement.SQL)}
	for index, parameter := range statement.Parameters {
		made, known := parameterOf(parameter)
		if !known {
			text := fmt.Sprintf("?%d: no %T can be kept in a table", index+1, parameter)
			return raw, &stores.Error{Case: stores.Invalid, Message: text}
		}
		raw.Parameters = append(raw.Parameters, made)
	}
	return raw, nil
}

func parameterOf(parameter any) (databases.Value, bool) {
	if bytes, is := parameter.([]byte); is {
		return databases.MakeValueBlob(bytes), true
	}
	given := reflect.ValueOf(parameter)
	switch {
	case parameter == nil:
		return databases.MakeValueNull(), true
	case given.CanInt():
		return databases.MakeValueInteger(given.Int()), true
	case given.CanUint() && given.Uint() < 1<<63:
		return databases.MakeValueInteger(int64(given.Uint())), true
	case given.CanFloat():
		return databases.MakeValueReal(given.Float()), true
	case given.Kind() == reflect.String:
		return databases.MakeValueText(convert.Text(given.String())), true
	case given.Kind() == reflect.Bool && given.Bool():
		return databases.MakeValueInteger(1), true
	case given.Kind() == reflect.Bool:
		return databases.MakeValueInteger(0), true
	}
	return databases.Value{}, false
}

func value(raw databases.Value) any {
	switch raw.Tag() {
	case databases.ValueInteger:
		return raw.Integer()
	case databases.ValueReal:
		return raw.Real()
	case databases.ValueText:
		return raw.Text()
	case databases.ValueBlob:
		return raw.Blob()
	}
	return nil
}

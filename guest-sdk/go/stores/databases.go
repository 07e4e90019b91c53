package stores

// A SQLDatabase is one of tables, asked and changed in SQL.
type SQLDatabase struct {
	name string
}

// Database is the database that is lent by this name.
func Database(name string) SQLDatabase {
	return SQLDatabase{name}
}

// A Statement is one of SQL, with ?1, ?2 and so on where its parameters go. These are nil, whole and other numbers, bool, string and []byte.
type Statement struct {
	SQL        string
	Parameters []any
}

// SQL is a statement with these parameters.
func SQL(text string, parameters ...any) Statement {
	return Statement{text, parameters}
}

// Rows are those that were found, each with a value for each column: nil, int64, float64, string or []byte.
type Rows struct {
	Columns []string
	Rows    [][]any
	// HasMore says whether there are more than were asked for.
	HasMore bool
}

// Query asks for at most so many rows, 1000 where it is 0. Nothing is changed: a statement that would change something is refused.
func (database SQLDatabase) Query(statement Statement, limit int) (*Rows, error) {
	asked, err := within[interface {
		QueryDatabase(string, Statement, int) (*Rows, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.QueryDatabase(database.name, statement, limit)
}

// Execute changes, all or nothing: where a statement fails, those before it did not happen. It gives for each how many rows it has changed.
func (database SQLDatabase) Execute(statements ...Statement) ([]int, error) {
	asked, err := within[interface {
		ExecuteStatements(string, []Statement) ([]int, error)
	}]()
	if err != nil {
		return nil, err
	}
	return asked.ExecuteStatements(database.name, statements)
}

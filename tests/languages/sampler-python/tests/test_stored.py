"""What the sampler does with stores, outside of a component."""

import unittest
from unittest.mock import Mock

import stored
from palisade_guest import Failure, stores


class Sessions:
    """Values, as far as they are used."""

    def __init__(self):
        self.values = {"k": b"1"}

    def get(self, key):
        value = self.values.get(key)
        return value and stores.Kept(value, 1)


class Stored(unittest.TestCase):
    def tearDown(self):
        stores.set_in_test()

    def test_nothing_is_lent_unless_a_test_says_so(self):
        self.assertEqual(stores.lent(), [])
        self.assertEqual(stored.refused()[0], "denied")
        every = [
            lambda: stores.vectors("a").query([1.0]),
            lambda: stores.values("a").increment("n"),
            lambda: stores.objects("a").get("k"),
            lambda: stores.queue("a").count(),
            lambda: stores.database("a").query("select 1"),
        ]
        for ask in every:
            with self.assertRaisesRegex(stores.StoreError, "in the sandbox only.*`a`, call stores.set_in_test"):
                ask()

    def test_who_was_set_answers_for_a_store_of_its_kind_and_name(self):
        memory = Mock(spec=stores.VectorStore)
        memory.query.return_value = [stores.Found("fox", 0.9)]
        stores.set_in_test(values={"sessions": Sessions()}, vectors={"memory": memory})
        self.assertEqual(stored.lent(), [["memory", "vector-store", False], ["sessions", "key-value-store", False]])
        self.assertEqual(stores.values("sessions").get("k").value, b"1")
        self.assertIsNone(stores.values("sessions").get("none"))
        self.assertEqual(stores.vectors("memory").query([1.0], top_k=3)[0].id, "fox")
        memory.query.assert_called_once_with([1.0], top_k=3, filter=None, exact=False, with_vectors=False)
        with self.assertRaises(stores.StoreError):
            stores.queue("sessions").count()

    def test_a_fake_may_refuse(self):
        notes = Mock(spec=stores.Database)
        notes.execute.side_effect = stores.StoreError("unavailable", "busy")
        stores.set_in_test(databases={"notes": notes})
        with self.assertRaises(Failure) as raised:
            stored.database()
        self.assertEqual((raised.exception.case, raised.exception.kind), ("unavailable", "overloaded"))

    def test_a_caller_learns_whether_to_come_again(self):
        kinds = [("too-large", "limit-exceeded"), ("unavailable", "overloaded")]
        for case, kind in [*kinds, ("denied", "internal"), ("invalid", "internal"), ("io", "internal")]:
            error = stores.StoreError(case, "why")
            self.assertEqual((error.kind, error.as_failure().kind), (kind, kind))

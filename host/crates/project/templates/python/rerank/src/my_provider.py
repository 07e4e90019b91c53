"""Orders documents by how many words they share with the query."""

from palisade_guest import FREE, CallOptions, Model, Provider, export, rerank


@export
class MyProvider(Provider, rerank.Rerank):
    name = "my-provider"
    summary = "Orders documents by how many words they share with the query."
    models = [Model("overlap", prices=FREE)]

    def rerank(self, request: rerank.Request, options: CallOptions) -> rerank.Response:
        query = set(request.query.lower().split())
        scores = [len(query.intersection(document.lower().split())) for document in request.documents]
        return rerank.Response.by_score(request, scores)

"""What every route needs of HTTP: problems, ETags, paging, file formats, middleware, health, the OpenAPI document."""

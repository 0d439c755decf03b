using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lectern.Graphs.Programs;

/// <summary>Writes one project's graph: its declarations first, then what their bodies say.</summary>
internal sealed class TypeGraphWriter(Compilation compilation, bool locals)
{
    private readonly List<TypeNode> nodes = [];
    private readonly List<TypeEdge> edges = [];
    private readonly Dictionary<ISymbol, int> declared = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<string, int> library = [];
    private readonly Dictionary<IMethodSymbol, (int[] Parameters, int Result)> functions = new(SymbolEqualityComparer.Default);
    private readonly List<(int Node, ITypeSymbol Type)> answers = [];
    private SemanticModel model = null!;
    private int result = -1, receiver = -1;                              // of the function, and of the ?. that is being read

    internal TypeGraph Write(IReadOnlyList<SyntaxTree> trees)
    {
        var types = new List<(SemanticModel Model, BaseTypeDeclarationSyntax Syntax, INamedTypeSymbol Symbol)>();
        foreach (var tree in trees)
        {
            var of = compilation.GetSemanticModel(tree);
            types.AddRange(tree.GetRoot().DescendantNodes().OfType<BaseTypeDeclarationSyntax>().Select(type => (of, type, of.GetDeclaredSymbol(type)!)));
        }
        foreach (var (_, _, symbol) in types)
            if (!declared.ContainsKey(symbol)) declared[symbol] = Add(new TypeNode(TypeNodeKind.Class, symbol.Name, "type"));
        foreach (var symbol in types.Select(type => type.Symbol).Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default)) Members(symbol);
        foreach (var (of, syntax, symbol) in types)
        {
            model = of;
            foreach (var above in syntax.BaseList?.Types ?? []) Edge(TypeEdgeKind.Inherit, declared[symbol], Named(above.Type));
            foreach (var child in syntax.ChildNodes().Where(child => child is MemberDeclarationSyntax and not BaseTypeDeclarationSyntax)) Member(child);
        }
        foreach (var tree in trees)                                      // the statements of a file without a class
        {
            model = compilation.GetSemanticModel(tree);
            foreach (var statement in tree.GetRoot().ChildNodes().OfType<GlobalStatementSyntax>()) Visit(statement);
        }
        foreach (var (node, type) in answers) nodes[node] = Answered(nodes[node], type);
        return new TypeGraph(nodes, edges);
    }

    private int Add(TypeNode node)
    {
        nodes.Add(node);
        return nodes.Count - 1;
    }

    private int Fresh() => Add(new TypeNode(TypeNodeKind.Variable));

    private void Edge(TypeEdgeKind kind, params int[] ends) => edges.Add(new TypeEdge(kind, ends));

    private int Library(string name) =>
        library.TryGetValue(name, out int node) ? node : library[name] = Add(new TypeNode(TypeNodeKind.Library, name));

    private void Assign(int left, int right) =>
        Edge(nodes[right].Kind == TypeNodeKind.Variable ? TypeEdgeKind.Assign : TypeEdgeKind.Fixed, left, right);

    private int Access(int from, string member)
    {
        int reached = Fresh();
        edges.Add(new TypeEdge(TypeEdgeKind.Access, [from, reached], [member]));
        return reached;
    }

    private int Call(int function, params IEnumerable<int> arguments)
    {
        int reached = Fresh();
        Edge(TypeEdgeKind.Call, [function, .. arguments, reached]);
        return reached;
    }

    private int Declare(ISymbol symbol, ITypeSymbol? type, string role)
    {
        if (declared.TryGetValue(symbol, out int known)) return known;
        bool named = locals || role != "local";
        int node = declared[symbol] = Add(new TypeNode(TypeNodeKind.Variable, named ? symbol.Name : null, role));
        if (named && type is not null && symbol.Name.Length > 0) answers.Add((node, type));
        return node;
    }

    // The compiler's type as an answer: generic types by their name, arrays as Array, T? as T.
    private TypeNode Answered(TypeNode node, ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol => node with { Type = "Array" },
        { IsTupleType: true } => node with { Type = "ValueTuple" },
        INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable => Answered(node, nullable.TypeArguments[0]),
        INamedTypeSymbol { TypeKind: not TypeKind.Error, IsAnonymousType: false } named => declared.TryGetValue(named.OriginalDefinition, out int c) ? node with { Class = c }
            : named.Locations.Any(place => place.IsInSource) ? node : node with { Type = NameOf(named) },
        _ => node,
    };

    private static string NameOf(INamedTypeSymbol type) => type.SpecialType == SpecialType.None || type.IsGenericType
        ? type.Name : type.WithNullableAnnotation(NullableAnnotation.None).ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);

    private void Members(INamedTypeSymbol type)
    {
        var (members, labels) = (new List<int> { declared[type] }, new List<string>());
        foreach (var member in type.GetMembers().Where(member => !member.IsImplicitlyDeclared || member is IMethodSymbol { MethodKind: MethodKind.Constructor }))
        {
            int? node = member switch
            {
                IFieldSymbol { ContainingType.TypeKind: TypeKind.Enum } => declared[member] = declared[type],    // a value of the type
                IFieldSymbol field => Declare(field, field.Type, "field"),
                IPropertySymbol { IsIndexer: false } property => Declare(property, property.Type, "property"),
                IMethodSymbol { AssociatedSymbol: null } method when method.Parameters.Length > 0 || !method.IsImplicitlyDeclared => Function(method),
                _ => null,
            };
            if (node is not { } of || of == declared[type]) continue;
            members.Add(of);
            labels.Add(member is IMethodSymbol { MethodKind: MethodKind.Constructor } ? "new" : member.Name);
        }
        edges.Add(new TypeEdge(TypeEdgeKind.Object, members, labels));
    }

    private int Function(IMethodSymbol method)
    {
        if (declared.TryGetValue(method, out int known)) return known;
        bool made = method.MethodKind == MethodKind.Constructor;
        int node = declared[method] = Add(new TypeNode(TypeNodeKind.Variable, made || method.Name.Length == 0 ? null : method.Name, "function"));
        int[] parameters = [.. method.Parameters.Select(parameter => Declare(parameter, parameter.Type, "parameter"))];
        // What a function returns has the function's name.
        int returned = made ? declared[method.ContainingType] : Add(nodes[node] with { Role = "result" });
        if (!made && method.MethodKind is MethodKind.Ordinary or MethodKind.LocalFunction) answers.Add((returned, method.ReturnType));
        Edge(TypeEdgeKind.Function, [node, .. parameters, returned]);
        functions[method] = (parameters, returned);
        return node;
    }

    // Reads a body; its returns go to where the function's result is.
    private void Body(int returned, SyntaxNode? block, ExpressionSyntax? arrow)
    {
        int before = result;
        result = returned;
        if (block is not null) Visit(block);
        if (arrow is not null && Expression(arrow) is var value && result >= 0) Assign(result, value);
        result = before;
    }

    private void Member(SyntaxNode member)
    {
        switch (member)
        {
            case BaseMethodDeclarationSyntax method when model.GetDeclaredSymbol(method) is IMethodSymbol symbol:
                int node = Function(symbol);
                if (method is ConstructorDeclarationSyntax { Initializer.ArgumentList: { } arguments }) Arguments(arguments.Arguments);
                Body(node >= 0 && symbol.MethodKind != MethodKind.Constructor ? functions[symbol].Result : -1, method.Body, method.ExpressionBody?.Expression);
                break;
            case BasePropertyDeclarationSyntax property when model.GetDeclaredSymbol(property) is IPropertySymbol symbol:
                int of = Declare(symbol, symbol.Type, "property");
                foreach (var accessor in property.AccessorList?.Accessors ?? [])
                {
                    // The setter's value is the property's own type.
                    if (model.GetDeclaredSymbol(accessor) is { Parameters: [.., var value] } && value.Name == "value") declared[value] = of;
                    Body(accessor.IsKind(SyntaxKind.GetAccessorDeclaration) ? of : -1, accessor.Body, accessor.ExpressionBody?.Expression);
                }
                Body(of, null, (property as PropertyDeclarationSyntax)?.ExpressionBody?.Expression ?? (property as IndexerDeclarationSyntax)?.ExpressionBody?.Expression);
                if ((property as PropertyDeclarationSyntax)?.Initializer is { } start) Assign(of, Expression(start.Value));
                break;
            case BaseFieldDeclarationSyntax field:
                foreach (var variable in field.Declaration.Variables) Variable(variable, "field");
                break;
        }
    }

    private void Variable(VariableDeclaratorSyntax variable, string role)
    {
        if (model.GetDeclaredSymbol(variable) is not { } symbol) return;
        int node = Declare(symbol, (symbol as ILocalSymbol)?.Type ?? (symbol as IFieldSymbol)?.Type, role);
        if (variable.Initializer is { } start) Assign(node, Expression(start.Value));
    }

    private void Visit(SyntaxNode node)
    {
        switch (node)
        {
            case VariableDeclarationSyntax declaration:
                foreach (var variable in declaration.Variables) Variable(variable, "local");
                break;
            case CatchDeclarationSyntax caught:
                if (model.GetDeclaredSymbol(caught) is { } thrown) Declare(thrown, thrown.Type, "local");
                break;
            case SwitchStatementSyntax choice:
                int tested = Expression(choice.Expression);
                foreach (var label in choice.Sections.SelectMany(section => section.Labels).OfType<CasePatternSwitchLabelSyntax>())
                {
                    Pattern(label.Pattern, tested);
                    if (label.WhenClause is { } when) Edge(TypeEdgeKind.Boolean, Expression(when.Condition));
                }
                foreach (var statement in choice.Sections.SelectMany(section => section.Statements)) Visit(statement);
                break;
            case ReturnStatementSyntax { Expression: { } value }:
                int returned = Expression(value);
                if (result >= 0) Assign(result, returned);
                break;
            case YieldStatementSyntax { Expression: { } value } when result >= 0: Assign(Access(result, "foreach"), Expression(value)); break;
            case IfStatementSyntax choice:
                Edge(TypeEdgeKind.Boolean, Expression(choice.Condition));
                Visit(choice.Statement);
                if (choice.Else is { } other) Visit(other);
                break;
            case WhileStatementSyntax loop:
                Edge(TypeEdgeKind.Boolean, Expression(loop.Condition));
                Visit(loop.Statement);
                break;
            case DoStatementSyntax loop:
                Visit(loop.Statement);
                Edge(TypeEdgeKind.Boolean, Expression(loop.Condition));
                break;
            case ForEachStatementSyntax loop when model.GetDeclaredSymbol(loop) is { } symbol:
                Assign(Declare(symbol, symbol.Type, "local"), Access(Expression(loop.Expression), "foreach"));
                Visit(loop.Statement);
                break;
            case ForEachVariableStatementSyntax loop:
                Deconstruct(loop.Variable, Access(Expression(loop.Expression), "foreach"));
                Visit(loop.Statement);
                break;
            case LocalFunctionStatementSyntax function when model.GetDeclaredSymbol(function) is { } symbol:
                Function(symbol);
                Body(functions[symbol].Result, function.Body, function.ExpressionBody?.Expression);
                break;
            case ExpressionSyntax expression: Expression(expression); break;
            case BaseTypeDeclarationSyntax: break;
            default:
                foreach (var child in node.ChildNodes()) Visit(child);
                break;
        }
    }

    private int[] Arguments(IEnumerable<ArgumentSyntax> arguments) => [.. arguments.Select(argument => Expression(argument.Expression))];

    // A type that is written where it is evidence: the class of the project or a name of the library.
    private int Named(TypeSyntax type) => type switch
    {
        ArrayTypeSyntax => Library("Array"),
        NullableTypeSyntax nullable => Named(nullable.ElementType),
        TupleTypeSyntax => Library("ValueTuple"),
        QualifiedNameSyntax qualified => Named(qualified.Right),
        _ => model.GetSymbolInfo(type).Symbol?.OriginalDefinition is { } symbol && declared.TryGetValue(symbol, out int c) ? c
            : Library(type is SimpleNameSyntax simple ? simple.Identifier.Text : type.ToString()),
    };

    // What a name in scope means, or null: the one that is declared, of methods the first with as many parameters as arguments.
    private int? Symbol(SimpleNameSyntax name)
    {
        var info = model.GetSymbolInfo(name);
        var symbol = info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
        if (symbol is IMethodSymbol method)
        {
            int count = name.FirstAncestorOrSelf<InvocationExpressionSyntax>()?.ArgumentList.Arguments.Count ?? method.Parameters.Length;
            symbol = method.MethodKind == MethodKind.LocalFunction ? method.OriginalDefinition
                : method.ContainingType?.OriginalDefinition.GetMembers(method.Name).OfType<IMethodSymbol>().Where(declared.ContainsKey)
                    .OrderBy(other => Math.Abs(other.Parameters.Length - count)).FirstOrDefault();
            if (symbol is IMethodSymbol { MethodKind: MethodKind.LocalFunction } local) return Function(local);
        }
        return symbol?.OriginalDefinition is { } of && declared.TryGetValue(of, out int node) ? node : null;
    }

    private int Member(int from, SimpleNameSyntax name) => Access(from, name.Identifier.Text);

    private int Expression(ExpressionSyntax expression)
    {
        switch (expression)
        {
            case ParenthesizedExpressionSyntax inner: return Expression(inner.Expression);
            case CheckedExpressionSyntax inner: return Expression(inner.Expression);
            case RefExpressionSyntax inner: return Expression(inner.Expression);
            case PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } inner: return Expression(inner.Operand);
            case LiteralExpressionSyntax literal:
                return literal.Token.Value switch
                {
                    null => Library(literal.Token.Text),
                    bool => Library("bool"),
                    string => Library("string"),
                    char => Library("char"),
                    double => Library("double"),
                    float => Library("float"),
                    decimal => Library("decimal"),
                    int => Library("int"),
                    uint => Library("uint"),
                    long => Library("long"),
                    ulong => Library("ulong"),
                    var value => Library(value.GetType().Name),
                };
            case InterpolatedStringExpressionSyntax text:
                foreach (var part in text.Contents.OfType<InterpolationSyntax>()) Expression(part.Expression);
                return Library("string");
            case ThisExpressionSyntax or BaseExpressionSyntax:
                return model.GetEnclosingSymbol(expression.SpanStart)?.ContainingType is { } own && declared.TryGetValue(own, out int self) ? self : Fresh();
            case TypeOfExpressionSyntax: return Library("Type");
            case PredefinedTypeSyntax type: return Library(type.Keyword.Text);
            case SimpleNameSyntax name:
                return Symbol(name) ?? Library(name.Identifier.Text);
            case MemberAccessExpressionSyntax access:
                // this.x and Class.x are in scope; of x.y only the name y is known.
                if (access.Expression is ThisExpressionSyntax or BaseExpressionSyntax || model.GetSymbolInfo(access.Expression).Symbol is ITypeSymbol)
                    return Symbol(access.Name) ?? Member(Expression(access.Expression), access.Name);
                return model.GetSymbolInfo(access.Expression).Symbol is INamespaceSymbol ? Expression(access.Name) : Member(Expression(access.Expression), access.Name);
            case ConditionalAccessExpressionSyntax access:
                int outer = receiver;
                receiver = Expression(access.Expression);
                int then = Expression(access.WhenNotNull);
                receiver = outer;
                return then;
            case MemberBindingExpressionSyntax binding: return Member(receiver, binding.Name);
            case ElementBindingExpressionSyntax binding: return Call(Access(receiver, "[]"), Arguments(binding.ArgumentList.Arguments));
            case InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "nameof" } }: return Library("string");
            case InvocationExpressionSyntax call: return Call(Expression(call.Expression), Arguments(call.ArgumentList.Arguments));
            case ElementAccessExpressionSyntax access: return Call(Access(Expression(access.Expression), "[]"), Arguments(access.ArgumentList.Arguments));
            case BaseObjectCreationExpressionSyntax creation: return Creation(creation);
            case ArrayCreationExpressionSyntax array: return Elements(Library("Array"), array.Initializer?.Expressions ?? []);
            case ImplicitArrayCreationExpressionSyntax array: return Elements(Library("Array"), array.Initializer.Expressions);
            case CollectionExpressionSyntax list:
                return Elements(Fresh(), list.Elements.OfType<ExpressionElementSyntax>().Select(element => element.Expression),
                    list.Elements.OfType<SpreadElementSyntax>().Select(element => element.Expression));
            case TupleExpressionSyntax tuple:
                int whole = Fresh();
                Assign(whole, Library("ValueTuple"));
                foreach (var (argument, i) in tuple.Arguments.Select((argument, i) => (argument, i))) Assign(Access(whole, $"Item{i + 1}"), Expression(argument.Expression));
                return whole;
            case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression } assignment:
                if (assignment.Left is TupleExpressionSyntax or DeclarationExpressionSyntax) return Deconstruct(assignment.Left, assignment.Right);
                int target = Expression(assignment.Left);
                Assign(target, Expression(assignment.Right));
                return target;
            case AssignmentExpressionSyntax assignment:
                int changed = Expression(assignment.Left);
                Assign(changed, Call(Access(changed, assignment.OperatorToken.Text[..^1]), Expression(assignment.Right)));
                return changed;
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.IsExpression } test:
                Expression(test.Left);
                return Library("bool");
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AsExpression } cast: return Branches(Expression(cast.Left));
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceExpression } either: return Branches(Expression(either.Left), Expression(either.Right));
            case BinaryExpressionSyntax binary:
                var (left, right) = (Expression(binary.Left), Expression(binary.Right));
                if (binary.Kind() is SyntaxKind.LogicalAndExpression or SyntaxKind.LogicalOrExpression)
                {
                    Edge(TypeEdgeKind.Boolean, left);
                    Edge(TypeEdgeKind.Boolean, right);
                }
                if (binary.Kind() is SyntaxKind.EqualsExpression or SyntaxKind.NotEqualsExpression) Edge(TypeEdgeKind.Equal, left, right);
                return Call(Access(left, binary.OperatorToken.Text), right);
            case PrefixUnaryExpressionSyntax unary:
                int operand = Expression(unary.Operand);
                if (unary.IsKind(SyntaxKind.LogicalNotExpression)) Edge(TypeEdgeKind.Boolean, operand);
                return Call(Access(operand, unary.OperatorToken.Text));
            case PostfixUnaryExpressionSyntax unary: return Call(Access(Expression(unary.Operand), unary.OperatorToken.Text));
            case AwaitExpressionSyntax awaited: return Access(Expression(awaited.Expression), "await");
            case ConditionalExpressionSyntax choice:
                Edge(TypeEdgeKind.Boolean, Expression(choice.Condition));
                return Branches(Expression(choice.WhenTrue), Expression(choice.WhenFalse));
            case SwitchExpressionSyntax choice:
                int governing = Expression(choice.GoverningExpression);
                return Branches([.. choice.Arms.Select(arm =>
                {
                    Pattern(arm.Pattern, governing);
                    if (arm.WhenClause is { } when) Edge(TypeEdgeKind.Boolean, Expression(when.Condition));
                    return Expression(arm.Expression);
                })]);
            case IsPatternExpressionSyntax test:
                Pattern(test.Pattern, Expression(test.Expression));
                return Library("bool");
            case CastExpressionSyntax cast: return Branches(Expression(cast.Expression));
            case WithExpressionSyntax with:
                int copy = Fresh();
                Assign(copy, Expression(with.Expression));
                return Initialise(copy, with.Initializer);
            case DeclarationExpressionSyntax { Designation: SingleVariableDesignationSyntax single }: return Designated(single);
            case AnonymousFunctionExpressionSyntax lambda: return Lambda(lambda);
            default:
                foreach (var child in expression.ChildNodes().Where(child => child is not TypeSyntax)) Visit(child);
                return Fresh();
        }
    }

    private int Branches(params int[] branches)
    {
        int whole = Fresh();
        foreach (int branch in branches) Edge(TypeEdgeKind.Subtype, branch, whole);
        return whole;
    }

    private int Elements(int of, IEnumerable<ExpressionSyntax> elements, IEnumerable<ExpressionSyntax>? spreads = null)
    {
        int whole = of;
        if (nodes[of].Kind == TypeNodeKind.Library) Assign(whole = Fresh(), of);
        int[] values = [.. elements.Select(Expression), .. (spreads ?? []).Select(spread => Access(Expression(spread), "foreach"))];
        if (values.Length == 0) return whole;
        int element = Access(whole, "foreach");
        foreach (int value in values) Assign(element, value);
        return whole;
    }

    private int Creation(BaseObjectCreationExpressionSyntax creation)
    {
        int made = Fresh();
        int[] arguments = Arguments(creation.ArgumentList?.Arguments ?? []);
        if (creation is ObjectCreationExpressionSyntax { Type: var type })
        {
            int of = Named(type);
            Edge(TypeEdgeKind.Fixed, made, of);
            var constructor = (model.GetSymbolInfo(type).Symbol?.OriginalDefinition as INamedTypeSymbol)?.InstanceConstructors
                .FirstOrDefault(method => method.Parameters.Length == arguments.Length && declared.ContainsKey(method));
            if (arguments.Length > 0) Edge(TypeEdgeKind.Call, [constructor is null ? of : declared[constructor], .. arguments, made]);
        }
        return Initialise(made, creation.Initializer);
    }

    private int Initialise(int made, InitializerExpressionSyntax? initializer)
    {
        foreach (var entry in initializer?.Expressions ?? [])
            if (entry is AssignmentExpressionSyntax { Left: SimpleNameSyntax member } set) Assign(Access(made, member.Identifier.Text), set.Right
                is InitializerExpressionSyntax nested ? Initialise(Fresh(), nested) : Expression(set.Right));
            else Call(Access(made, "Add"), Expression(entry));
        return made;
    }

    private int Designated(SingleVariableDesignationSyntax single) =>
        model.GetDeclaredSymbol(single) is ILocalSymbol symbol ? Declare(symbol, symbol.Type, "local") : Fresh();

    // What a pattern declares is what is tested, or of a type below it.
    private void Pattern(SyntaxNode pattern, int tested)
    {
        if (pattern is SingleVariableDesignationSyntax single) Edge(TypeEdgeKind.Subtype, Designated(single), tested);
        else if (pattern is SubpatternSyntax { ExpressionColon.Expression: SimpleNameSyntax member } part) Pattern(part.Pattern, Access(tested, member.Identifier.Text));
        else if (pattern is SubpatternSyntax { NameColon: { } colon } named) Pattern(named.Pattern, Access(tested, colon.Name.Identifier.Text));
        else if (pattern is ConstantPatternSyntax { Expression: LiteralExpressionSyntax constant }) Edge(TypeEdgeKind.Equal, tested, Expression(constant));
        else if (pattern is ListPatternSyntax list) foreach (var element in list.Patterns) Pattern(element, Access(tested, "foreach"));
        else foreach (var child in pattern.ChildNodes()) Pattern(child, tested);
    }

    private int Deconstruct(ExpressionSyntax left, ExpressionSyntax right)
    {
        if (left is TupleExpressionSyntax many && right is TupleExpressionSyntax values && many.Arguments.Count == values.Arguments.Count)
        {
            foreach (var (target, value) in many.Arguments.Zip(values.Arguments)) Assign(Expression(target.Expression), Expression(value.Expression));
            return Fresh();
        }
        if (left is DeclarationExpressionSyntax { Designation: ParenthesizedVariableDesignationSyntax names } && right is TupleExpressionSyntax parts
            && names.Variables.Count == parts.Arguments.Count)
        {
            foreach (var (name, value) in names.Variables.Zip(parts.Arguments))
                if (name is SingleVariableDesignationSyntax single) Assign(Designated(single), Expression(value.Expression));
            return Fresh();
        }
        return Deconstruct(left, Expression(right));
    }

    private int Deconstruct(SyntaxNode left, int right)
    {
        IEnumerable<SyntaxNode> parts = left switch
        {
            TupleExpressionSyntax many => many.Arguments.Select(argument => argument.Expression),
            DeclarationExpressionSyntax { Designation: ParenthesizedVariableDesignationSyntax names } => names.Variables,
            ParenthesizedVariableDesignationSyntax names => names.Variables,
            _ => [],
        };
        foreach (var (part, i) in parts.Select((part, i) => (part, i)))
        {
            int item = Access(right, $"Item{i + 1}");
            if (part is SingleVariableDesignationSyntax single) Assign(Designated(single), item);
            else if (part is TupleExpressionSyntax or ParenthesizedVariableDesignationSyntax) Deconstruct(part, item);
            else if (part is ExpressionSyntax expression) Assign(Expression(expression), item);
        }
        return right;
    }

    private int Lambda(AnonymousFunctionExpressionSyntax lambda)
    {
        if (model.GetSymbolInfo(lambda).Symbol is not IMethodSymbol symbol) return Fresh();
        int function = Function(symbol);
        Body(functions[symbol].Result, lambda.Block, lambda.ExpressionBody);
        return function;
    }
}

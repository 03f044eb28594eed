import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.emf.common.util.EList;
import org.eclipse.emf.common.util.TreeIterator;
import org.eclipse.emf.common.util.URI;
import org.eclipse.emf.ecore.EClass;
import org.eclipse.emf.ecore.EObject;
import org.eclipse.emf.ecore.EPackage;
import org.eclipse.emf.ecore.EStructuralFeature;
import org.eclipse.emf.ecore.resource.Resource;
import org.eclipse.emf.ecore.resource.ResourceSet;
import org.eclipse.emf.ecore.xmi.impl.XMIResourceImpl;

/**
 * Classes to tables, written by hand in Java over dynamic EMF: what somebody writes who has no rule language. Asked line
 * by line: `RulesBench CLASS.ecore RELATIONAL.ecore RULES FILE` (the rules are not for it), then on standard input
 *
 * <pre>
 * run SECONDS    transforms until so much time has passed   → times CPU-ns wall-ns, both of one transformation
 * write FILE     transforms and saves                       → bytes
 * quit
 * </pre>
 */
public final class RulesBench {
  private static EPackage classes;
  private static EPackage relational;
  private static Resource source;

  public static void main(String[] args) throws IOException {
    classes = Bench.metamodel(args[0]);
    relational = Bench.metamodel(args[1]);
    ResourceSet set = Bench.resourceSet();
    set.getPackageRegistry().put(classes.getNsURI(), classes);
    source = set.getResource(URI.createFileURI(args[3]), true);
    Bench.serve(RulesBench::answer);
  }

  private static String answer(String word, String argument) throws IOException {
    switch (word) {
      case "run":
        return Bench.repeat(Double.parseDouble(argument), RulesBench::transform);
      case "write":
        try (OutputStream out = new FileOutputStream(argument)) {
          Resource target = new XMIResourceImpl();
          target.getContents().addAll(new Tables().run());
          target.save(out, Map.of("ENCODING", "UTF-8"));
        }
        return String.valueOf(Files.size(Path.of(argument)));
      default:
        return "error unknown " + word;
    }
  }

  private static List<EObject> kept;

  private static void transform() {
    kept = null;
    kept = new Tables().run();
  }

  /** The transformation. */
  private static final class Tables {
    private final EClass dataType = (EClass) classes.getEClassifier("DataType");
    private final EClass class_ = (EClass) classes.getEClassifier("Class");
    private final EClass attribute = (EClass) classes.getEClassifier("Attribute");
    private final EStructuralFeature classifierName = dataType.getEStructuralFeature("name");
    private final EStructuralFeature attributes = class_.getEStructuralFeature("attributes");
    private final EStructuralFeature attributeName = attribute.getEStructuralFeature("name");
    private final EStructuralFeature multiValued = attribute.getEStructuralFeature("multiValued");
    private final EStructuralFeature attributeType = attribute.getEStructuralFeature("type");
    private final EClass table = (EClass) relational.getEClassifier("Table");
    private final EClass column = (EClass) relational.getEClassifier("Column");
    private final EClass type = (EClass) relational.getEClassifier("Type");
    private final EStructuralFeature tableName = table.getEStructuralFeature("name");
    private final EStructuralFeature columns = table.getEStructuralFeature("columns");
    private final EStructuralFeature keys = table.getEStructuralFeature("keys");
    private final EStructuralFeature columnName = column.getEStructuralFeature("name");
    private final EStructuralFeature columnType = column.getEStructuralFeature("type");
    private final EStructuralFeature typeName = type.getEStructuralFeature("name");
    private final Map<EObject, EObject> made = new HashMap<>();
    private final List<EObject> tables = new ArrayList<>();
    private final List<EObject> types = new ArrayList<>();
    private final List<EObject> links = new ArrayList<>();

    List<EObject> run() {
      List<EObject> allClasses = new ArrayList<>();
      List<EObject> allAttributes = new ArrayList<>();
      EObject idType = null;
      for (TreeIterator<EObject> all = source.getAllContents(); all.hasNext();) {
        EObject object = all.next();
        if (object.eClass() == dataType) {
          EObject made = create(type, typeName, (String) object.eGet(classifierName));
          this.made.put(object, made);
          types.add(made);
          if (idType == null && "Integer".equals(object.eGet(classifierName))) {
            idType = made;
          }
        } else if (object.eClass() == class_) {
          allClasses.add(object);
        } else if (object.eClass() == attribute) {
          allAttributes.add(object);
        }
      }
      for (EObject attribute : allAttributes) {
        attribute(attribute, idType);
      }
      for (EObject of : allClasses) {
        table(of, idType);
      }
      List<EObject> roots = new ArrayList<>(tables);
      roots.addAll(types);
      roots.addAll(links);
      return roots;
    }

    private void attribute(EObject attribute, EObject idType) {
      String name = (String) attribute.eGet(attributeName);
      EObject of = (EObject) attribute.eGet(attributeType);
      boolean isData = dataType.isInstance(of);
      if ((Boolean) attribute.eGet(multiValued)) {
        String owner = (String) attribute.eContainer().eGet(classifierName);
        EObject link = create(table, tableName, owner + "_" + name);
        EObject id = create(column, columnName, owner.toLowerCase() + "Id");
        id.eSet(columnType, idType);
        EObject value = create(column, columnName, name);
        value.eSet(columnType, isData ? made.get(of) : idType);
        list(link, columns).add(id);
        list(link, columns).add(value);
        links.add(link);
        made.put(attribute, link);
      } else if (isData) {
        EObject one = create(column, columnName, name);
        one.eSet(columnType, made.get(of));
        made.put(attribute, one);
      } else {
        EObject foreign = create(column, columnName, name + "Id");
        foreign.eSet(columnType, idType);
        made.put(attribute, foreign);
      }
    }

    private void table(EObject of, EObject idType) {
      EObject one = create(table, tableName, (String) of.eGet(classifierName));
      EObject key = create(column, columnName, "objectId");
      key.eSet(columnType, idType);
      list(one, columns).add(key);
      for (EObject attribute : list(of, attributes)) {
        if (!(Boolean) attribute.eGet(multiValued)) {
          list(one, columns).add(made.get(attribute));
        }
      }
      list(one, keys).add(key);
      made.put(of, one);
      tables.add(one);
    }

    private static EObject create(EClass of, EStructuralFeature feature, String name) {
      EObject made = of.getEPackage().getEFactoryInstance().create(of);
      made.eSet(feature, name);
      return made;
    }

    @SuppressWarnings("unchecked")
    private static EList<EObject> list(EObject of, EStructuralFeature feature) {
      return (EList<EObject>) of.eGet(feature);
    }
  }
}
